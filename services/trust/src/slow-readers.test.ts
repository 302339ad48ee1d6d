import { connect, type Socket } from 'node:net';
import { draftEntries, expiryAfter, RELEASES, tuf, withMembers } from '@countersign/core';
import { afterEach, expect, it } from 'vitest';
import { closeLaboratories, DAY, laboratory } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';

const MEGABYTE = 1024 * 1024;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await closeLaboratories();
});

/** Asks for a file and never reads the answer. Resolves when the answer has begun to arrive. */
function ignoring(url: string, path: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`));
    sockets.push(socket);
    socket.once('error', reject);
    socket.once('readable', () => resolve(socket));
  });
}

it('those who ask for large files and read none of them do not fill the memory', async () => {
  const lab = await laboratory('memory', { answerMemory: 40 * MEGABYTE });
  const owner = newPublisher(lab, lab);
  await owner.post(await owner.first());
  const before = tuf.parse('targets', RELEASES, (await owner.get('releases.json')).body, owner.env);
  const draft = draftEntries(before, new Map(), expiryAfter(lab.now(), DAY), owner.env);
  const signed = withMembers(draft.signed, { 'x-more': 'a'.repeat(20 * MEGABYTE) });
  const large = await owner.sign({ ...draft, signed, message: tuf.canonical(signed) }, owner.releases);
  expect((await owner.post([['releases', large]])).status).toBe(200);

  const path = new URL(`${owner.base}releases.json`).pathname;
  const first = await ignoring(lab.url, path);
  await expect.poll(async () => (await owner.get('releases.json')).status).toBe(503);
  const refused = await owner.get('2.releases.json');
  expect([refused.status, refused.problem.code, refused.headers['retry-after']]).toEqual([503, 'busy', '1']);
  // Small files are for everybody all the while, and what was held is given back.
  expect((await owner.get('timestamp.json')).status).toBe(200);
  first.destroy();
  await expect.poll(async () => (await owner.get('releases.json')).body.length).toBe(large.length);
});

it('those who send their headers or their body slowly are let go, and keep nobody else waiting', async () => {
  const lab = await laboratory('memory', { headersTimeout: '300ms', requestTimeout: '600ms' });
  const owner = newPublisher(lab, lab);
  const { hostname, port } = new URL(lab.url);
  const path = new URL(owner.base).pathname;
  const slowly = (head: string, piece: string): Promise<string> =>
    new Promise((resolve) => {
      let answer = '';
      const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(head));
      const dripping = setInterval(() => socket.write(piece), 50);
      sockets.push(socket);
      socket.setEncoding('latin1');
      socket.on('data', (text: string) => {
        answer += text;
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(dripping);
        resolve(answer);
      });
    });
  const headers = slowly('GET / HTTP/1.1\r\nHost: localhost\r\n', 'X-More: 1\r\n');
  const type = 'Content-Type: multipart/form-data; boundary=b';
  const body = slowly(`POST ${path} HTTP/1.1\r\nHost: localhost\r\n${type}\r\nContent-Length: 100000\r\n\r\n`, 'a');
  expect((await owner.post(await owner.first())).status).toBe(200);
  expect(await headers).toMatch(/^HTTP\/1.1 408 /);
  expect(await body).toMatch(/^(?:HTTP\/1.1 408 |HTTP\/1.1 400 |$)/);
});
