// Blob uploads: in one request, in two, in pieces, or as a mount from another repository. OCI distribution-spec 1.1, end-4
// to end-6, end-11, end-13 and end-14.
import { randomUUID } from 'node:crypto';
import { type Answer, type Call, Refusal } from './answer.ts';
import { algorithmOf, checkName, digestWith, type Repositories, repositoryFor } from './content.ts';

interface Upload {
  readonly name: string;
  readonly pieces: Uint8Array[];
  length: number;
}

export interface Uploads {
  /** POST `/v2/NAME/blobs/uploads/`. `mayRead` says whether the caller may mount from that repository. */
  begin(name: string, call: Call, mayRead: (name: string) => boolean): Answer;
  /** Everything on `/v2/NAME/blobs/uploads/ID`. */
  proceed(name: string, id: string, call: Call): Answer;
}

export function createUploads(all: Repositories): Uploads {
  const sessions = new Map<string, Upload>();

  const session = (name: string, id: string): Upload => {
    const upload = sessions.get(id);
    if (upload === undefined || upload.name !== name) throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    return upload;
  };

  const progress = (id: string, upload: Upload): Readonly<Record<string, string>> => ({
    location: `/v2/${upload.name}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, upload.length - 1)}`,
    'docker-upload-uuid': id,
  });

  function store(name: string, digest: string, bytes: Uint8Array): Answer {
    if (digestWith(algorithmOf(digest), bytes) !== digest)
      throw new Refusal(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    repositoryFor(all, name).blobs.set(digest, bytes);
    return { status: 201, headers: { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest } };
  }

  function append(id: string, upload: Upload, call: Call): void {
    const range = call.headers.get('content-range');
    const [, from, to] = /^(?:bytes )?(\d+)-(\d+)(?:\/.*)?$/.exec(range ?? '') ?? [];
    const inOrder = Number(from) === upload.length && Number(to) - Number(from) + 1 === call.body.length;
    if (range !== undefined && call.body.length > 0 && !inOrder) {
      throw new Refusal(416, 'BLOB_UPLOAD_INVALID', 'pieces must come in order', progress(id, upload));
    }
    upload.pieces.push(call.body);
    upload.length += call.body.length;
  }

  function begin(name: string, call: Call, mayRead: (name: string) => boolean): Answer {
    checkName(name);
    const query = call.url.searchParams;
    const mount = query.get('mount');
    if (mount !== null) {
      algorithmOf(mount);
      const from = query.get('from');
      const sources = from === null ? [...all.keys()] : [from];
      const found = sources.filter(mayRead).flatMap((source) => all.get(source)?.blobs.get(mount) ?? []);
      if (found[0] !== undefined) return store(name, mount, found[0]);
    }
    const digest = query.get('digest');
    if (digest !== null) return store(name, digest, call.body);
    const id = randomUUID();
    const upload: Upload = { name, pieces: [], length: 0 };
    sessions.set(id, upload);
    return { status: 202, headers: progress(id, upload) };
  }

  function proceed(name: string, id: string, call: Call): Answer {
    const upload = session(name, id);
    switch (call.method) {
      case 'GET':
        return { status: 204, headers: progress(id, upload) };
      case 'PATCH':
        append(id, upload, call);
        return { status: 202, headers: progress(id, upload) };
      case 'PUT': {
        const digest = call.url.searchParams.get('digest') ?? '';
        algorithmOf(digest);
        if (call.body.length > 0) append(id, upload, call);
        const answer = store(name, digest, Buffer.concat(upload.pieces));
        sessions.delete(id);
        return answer;
      }
      case 'DELETE':
        sessions.delete(id);
        return { status: 204, headers: {} };
      default:
        throw new Refusal(405, 'UNSUPPORTED', 'the operation is unsupported');
    }
  }

  return { begin, proceed };
}
