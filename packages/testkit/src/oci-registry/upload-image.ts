// Pushes the sample image as a client does, over HTTP, so that a real registry takes it as well as the one in memory.
import { digestWith } from './content.ts';
import { sampleImage } from './sample-image.ts';

/** Pushes the image of `seed` to `host` (plain http) under `tag`; gives the digest of its index. */
export async function uploadSampleImage(
  host: string,
  repository: string,
  tag: string,
  { seed }: { readonly seed: string },
): Promise<string> {
  const { blobs, manifests, index } = sampleImage({ seed });
  const base = `http://${host}/v2/${repository}`;
  for (const blob of blobs) {
    const begun = await send(`${base}/blobs/uploads/`, { method: 'POST' });
    const session = new URL(begun.headers.get('location') ?? '', base);
    session.searchParams.set('digest', digestWith('sha256', blob));
    await send(session.href, { method: 'PUT', body: Buffer.from(blob), headers: { 'content-type': 'application/octet-stream' } });
  }
  for (const { bytes, mediaType, digest } of manifests) await putManifest(`${base}/manifests/${digest}`, bytes, mediaType);
  await putManifest(`${base}/manifests/${tag}`, index.bytes, index.mediaType);
  return index.digest;
}

/** Points `tag` at whatever manifest these bytes are: what anyone with write access to a registry can do. */
export async function putManifest(url: string, bytes: Uint8Array, mediaType: string): Promise<void> {
  await send(url, { method: 'PUT', body: Buffer.from(bytes), headers: { 'content-type': mediaType } });
}

async function send(url: string, request: RequestInit): Promise<Response> {
  const answer = await fetch(url, request);
  if (!answer.ok) throw new Error(`${request.method} ${url}: ${answer.status} ${(await answer.text()).slice(0, 200)}`);
  await answer.arrayBuffer();
  return answer;
}
