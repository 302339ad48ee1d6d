// Pulls an image as any client does once it has a digest: manifest by manifest, blob by blob, each hashed against its name.
import { createHash } from 'node:crypto';

const ACCEPT = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';

interface Descriptor {
  readonly digest: string;
}
interface Manifest {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

async function fetchByDigest(url: string, digest: string): Promise<Uint8Array> {
  const answer = await fetch(`${url}/${digest}`, { headers: { accept: ACCEPT } });
  if (!answer.ok) throw new Error(`${digest}: the registry answered ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const got = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (got !== digest) throw new Error(`${digest}: the registry sent ${got}`);
  return bytes;
}

/** `reference` is `HOST/REPO@sha256:…`, as `verify` prints it. Says what was fetched. */
export async function pullByDigest(reference: string): Promise<string> {
  const [, host = '', repository = '', digest = ''] = /^([^/]+)\/(.+)@(sha256:[0-9a-f]{64})$/.exec(reference) ?? [];
  const base = `http://${host}/v2/${repository}`;
  const read = async (at: string): Promise<Manifest> => JSON.parse(new TextDecoder().decode(await fetchByDigest(`${base}/manifests`, at)));
  const platforms = await Promise.all(((await read(digest)).manifests ?? []).map((platform) => read(platform.digest)));
  const blobs = platforms.flatMap((platform) => [...(platform.config === undefined ? [] : [platform.config]), ...(platform.layers ?? [])]);
  const sizes = await Promise.all(blobs.map(async (blob) => (await fetchByDigest(`${base}/blobs`, blob.digest)).length));
  return `fetched the index, ${platforms.length} platforms and ${sizes.length} blobs, and hashed every byte against the signed digest`;
}
