// An upload arrives in whatever pieces the network makes of it.
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { multipart, multipartType } from './testing/ask.ts';
import { heldIn, readUpload } from './upload.ts';

const BOUNDS = { uploadBytes: 10_000, uploadParts: 5, rootBytes: 1000, targetsBytes: 1000 };

async function partsOf(pieces: readonly Uint8Array[]): Promise<Readonly<Record<string, string>>> {
  const request = new IncomingMessage(new Socket());
  request.headers['content-type'] = multipartType;
  request.complete = true;
  for (const piece of pieces) request.push(piece);
  request.push(null);
  const parts = await readUpload(request, BOUNDS, heldIn({ limit: 100_000, used: 0 }));
  return Object.fromEntries([...parts].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]));
}

const files: readonly (readonly [string, Buffer])[] = [
  ['root', Buffer.from('{"a":1}')],
  ['targets', Buffer.from('{"b":2}')],
];
const body = multipart(files);
const whole = { root: '{"a":1}', targets: '{"b":2}' };

it('is the same upload wherever it is torn in two', async () => {
  for (let at = 1; at < body.length; at++) {
    expect([at, await partsOf([body.subarray(0, at), body.subarray(at)])]).toEqual([at, whole]);
  }
});

it('is the same upload byte by byte', async () => {
  expect(await partsOf(Array.from(body, (byte) => Uint8Array.of(byte)))).toEqual(whole);
});

it('is refused wherever it ends too early', async () => {
  const end = body.length - '--\r\n'.length;
  for (let at = 1; at < end; at++) await expect(partsOf([body.subarray(0, at)])).rejects.toMatchObject({ code: 'malformed' });
});
