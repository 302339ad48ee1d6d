// Requests as Notary's own clients send them: over TLS, each on a connection of its own, uploads in one multipart body.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Rival } from './rivals.ts';
import type { Upload } from './uploads.ts';

export interface Sender {
  /** The body. Throws for any status but 200, which alone Notary's clients take for success. */
  get(path: string): Promise<Buffer>;
  upload(gun: string, upload: Upload): Promise<void>;
  /** All that `notary publish` asks for: is there a server, what stands, and then the upload. */
  publish(gun: string, upload: Upload): Promise<void>;
}

const BOUNDARY = '53b0a4f21c1d1f2f7e3b8a1b95d1f1f0c7e2f0a1d3b4c5d6e7f809182736';

export async function senderTo({ url, ca }: Rival): Promise<Sender> {
  const certificate = await readFile(ca);
  const send = async (method: string, path: string, body?: Buffer): Promise<Buffer> => {
    const headers = body === undefined ? {} : { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };
    const call = request(`${url}${path}`, { method, ca: certificate, agent: false, headers: { ...headers, Connection: 'close' } });
    call.end(body);
    const [answer]: IncomingMessage[] = await once(call, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of answer ?? []) chunks.push(chunk);
    const said = Buffer.concat(chunks);
    if (answer?.statusCode !== 200) throw new Error(`${method} ${path}: ${answer?.statusCode} ${said.toString('utf8')}`);
    return said;
  };
  const get = (path: string): Promise<Buffer> => send('GET', path);
  const post = async (gun: string, upload: Upload): Promise<void> => {
    await send('POST', `/v2/${gun}/_trust/tuf/`, bodyOf(upload));
  };
  return {
    get,
    upload: post,
    async publish(gun, upload) {
      await get('/v2/');
      await get(`/v2/${gun}/_trust/tuf/root.json`);
      const timestamp = await get(`/v2/${gun}/_trust/tuf/timestamp.json`);
      const snapshot = await get(`/v2/${gun}/_trust/tuf/snapshot.${namedIn(timestamp, 'snapshot')}.json`);
      await get(`/v2/${gun}/_trust/tuf/targets.${namedIn(snapshot, 'targets')}.json`);
      await post(gun, upload);
    },
  };
}

/** The SHA-256 of a file, as another one names it. */
const namedIn = (file: Buffer, role: string): string =>
  Buffer.from(JSON.parse(file.toString('utf8')).signed.meta[role].hashes.sha256, 'base64').toString('hex');

function bodyOf(upload: Upload): Buffer {
  const parts = [...upload].flatMap(([role, bytes]) => [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="${role}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    bytes,
    '\r\n',
  ]);
  return Buffer.concat([...parts, `--${BOUNDARY}--\r\n`].map((part) => Buffer.from(part)));
}
