// Blobs: reading, whole or in part, and deleting. OCI distribution-spec 1.1, end-2 and end-10.
import { type Answer, type Call, Refusal } from './answer.ts';
import { algorithmOf, existing, type Repositories } from './content.ts';

function partOf(blob: Uint8Array, range: string, headers: Readonly<Record<string, string>>): Answer {
  const unsatisfiable = new Refusal(416, 'SIZE_INVALID', 'range not satisfiable', { 'content-range': `bytes */${blob.length}` });
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (from === '' && to === '') throw unsatisfiable;
  const start = from === '' ? Math.max(0, blob.length - Number(to)) : Number(from);
  const end = from === '' || to === '' ? blob.length - 1 : Math.min(Number(to), blob.length - 1);
  if (start > end) throw unsatisfiable;
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${start}-${end}/${blob.length}` },
    body: blob.subarray(start, end + 1),
  };
}

export function answerBlob(all: Repositories, name: string, digest: string, call: Call): Answer {
  algorithmOf(digest);
  const repository = existing(all, name);
  const blob = repository.blobs.get(digest);
  if (blob === undefined) throw new Refusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
  const headers = { 'content-type': 'application/octet-stream', 'docker-content-digest': digest, 'accept-ranges': 'bytes' };
  const range = call.headers.get('range');
  switch (call.method) {
    case 'GET':
    case 'HEAD':
      return range === undefined || call.method === 'HEAD' ? { status: 200, headers, body: blob } : partOf(blob, range, headers);
    case 'DELETE':
      repository.blobs.delete(digest);
      return { status: 202, headers: {} };
    default:
      throw new Refusal(405, 'UNSUPPORTED', 'the operation is unsupported');
  }
}
