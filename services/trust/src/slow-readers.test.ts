import { connect, type Socket } from 'node:net';
import { draftEntries, expiryAfter, RELEASES, tuf, withMembers } from '@countersign/core';
import { type MetadataStore, memoryStore } from '@countersign/store';
import { afterEach, expect, it } from 'vitest';
import { closeLaboratories, DAY, laboratory } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';
import { type StubbornStore, stubbornStore } from './testing/stubborn-store.ts';

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

/** A server with room for so many files of one length on their way, and somebody who published one. */
async function largeFile(store: MetadataStore, length: number, room: number) {
  const lab = await laboratory(store, { answerMemory: (room + 1) * length - 1 });
  const owner = newPublisher(lab, lab);
  await owner.post(await owner.first());
  const publish = async (length: number): Promise<Uint8Array> => {
    const before = tuf.parse('targets', RELEASES, (await owner.get('releases.json')).body, owner.env);
    const draft = draftEntries(before, new Map(), expiryAfter(lab.now(), DAY), owner.env);
    const signed = withMembers(draft.signed, { 'x-more': 'a'.repeat(length) });
    const file = await owner.sign({ ...draft, signed, message: tuf.canonical(signed) }, owner.releases);
    expect((await owner.post([['releases', file]])).status).toBe(200);
    return file;
  };
  return { lab, owner, publish, large: await publish(length), path: new URL(`${owner.base}releases.json`).pathname };
}

/** Reads of files wait until `go`, and the most of them that ever waited at once are counted. */
function waitingReads(store: StubbornStore) {
  let go = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  const reads = { waiting: 0, most: 0, go: () => go() };
  store.beforeFile = async () => {
    reads.waiting += 1;
    reads.most = Math.max(reads.most, reads.waiting);
    await held;
    reads.waiting -= 1;
  };
  return reads;
}

it('those who ask for large files and read none of them do not fill the memory', async () => {
  const { lab, owner, large, path } = await largeFile(memoryStore(), 20 * MEGABYTE, 1);
  const first = await ignoring(lab.url, path);
  await expect.poll(async () => (await owner.get('releases.json')).status).toBe(503);
  const refused = await owner.get('2.releases.json');
  expect([refused.status, refused.problem.code, refused.headers['retry-after']]).toEqual([503, 'busy', '1']);
  // Small files are for everybody all the while, and what was held is given back.
  expect((await owner.get('timestamp.json')).status).toBe(200);
  first.destroy();
  await expect.poll(async () => (await owner.get('releases.json')).body.length).toBe(large.length);
});

it('of many who ask for a large file at once, the store is asked only for as many as there is memory', async () => {
  const store = stubbornStore();
  const { owner, large } = await largeFile(store, MEGABYTE, 1);
  const reads = waitingReads(store);
  const refused: number[] = [];
  const asked = Array.from({ length: 10 }, async () => {
    const { status, body } = await owner.get('releases.json');
    if (status !== 200) refused.push(status);
    return body.length;
  });
  await expect.poll(() => refused, { timeout: 10_000 }).toEqual(Array(9).fill(503));
  expect(reads.most).toBe(1);
  reads.go();
  expect(await Promise.all(asked)).toContain(large.length);
});

it('of a file that was large once, a few are read at a time', async () => {
  const store = stubbornStore();
  const { owner, large, publish } = await largeFile(store, MEGABYTE, 1);
  await publish(1);
  const reads = waitingReads(store);
  const asked = Array.from({ length: 20 }, () => owner.get('2.releases.json'));
  await expect.poll(() => reads.waiting, { timeout: 10_000 }).toBeGreaterThanOrEqual(8);
  reads.go();
  const answers = await Promise.all(asked);
  expect(reads.most).toBe(8);
  expect(answers.filter(({ body }) => body.length === large.length)).not.toEqual([]);
  expect((await owner.get('2.releases.json')).body.length).toBe(large.length);
});

it('who asks twice on one connection and goes away gives back what both answers took, however late they are', async () => {
  const store = stubbornStore();
  const { lab, owner, large, path } = await largeFile(store, MEGABYTE, 2);
  const { hostname, port } = new URL(lab.url);
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  for (let time = 1; time <= 3; time += 1) {
    const reads = waitingReads(store);
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(request + request));
    sockets.push(socket);
    await expect.poll(() => reads.waiting, { timeout: 10_000 }).toBe(2);
    socket.destroy();
    await new Promise((resolve) => socket.once('close', resolve));
    reads.go();
    await expect.poll(() => reads.waiting, { timeout: 10_000 }).toBe(0);
  }
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
