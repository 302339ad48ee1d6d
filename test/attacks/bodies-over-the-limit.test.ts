// A body larger than a server takes, with its length told, untold, or told wrongly. A stranger's is not even waited for.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASES, type Besieged, besieged, codeIn, DIALECTS, type DialectName, statuses, talk } from '../lab/besieged.ts';
import { NO_WORK } from '../lab/counted-crypto.ts';
import { closeSites, FORM } from '../notary/site.ts';

const KB = 1024;
const MB = 1024 * KB;
const LIMITS = { limits: { uploadBytes: 256 * KB, targetsBytes: 128 * KB, rootBytes: 64 * KB, uploadParts: 8 } };
const TOKEN = 'Authorization: Bearer of-the-owner\r\n';
const TOO_LARGE = { tuf: [413, 'too-large'], notary: [400, 'MALFORMED_UPLOAD'] } as const;

const head = (dialect: DialectName, more: string): string =>
  `POST ${BASES[dialect]} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${FORM['content-type']}\r\n${more}\r\n`;
let here: Besieged;
beforeAll(async () => {
  here = await besieged(LIMITS);
});
afterAll(closeSites);

const outcome = (answer: string): unknown => [statuses(answer)[0], codeIn(answer)];

interface Flood {
  /** How many bytes were sent before the server hung up. */
  readonly sent: number;
  readonly answer: string;
  /** The most bytes of buffers that were held on the way, beyond those before it. */
  readonly held: number;
}

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
function buffers(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** Sends without an end until the server hangs up. */
async function endless(url: string, beginning: string, piece: Buffer): Promise<Flood> {
  const before = buffers();
  let held = 0;
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  let [sent, answer, over] = [0, '', false];
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    answer += text;
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      over = true;
      resolve();
    });
  });
  await once(socket, 'connect');
  socket.write(beginning);
  while (!over) {
    sent += piece.length;
    if (sent % (16 * MB) < piece.length) held = Math.max(held, buffers() - before);
    if (!socket.write(piece)) await Promise.race([closed, new Promise<void>((resolve) => socket.once('drain', resolve))]);
  }
  return { sent, answer, held };
}

describe.each(DIALECTS)('%s: a body over the limit is refused', (dialect) => {
  it.each([
    ['by its length, before any of it arrives', `Content-Length: ${100 * MB}\r\n`, ''],
    ['by a length that no number holds', 'Content-Length: 9007199254740993\r\n', ''],
  ])('%s', async (_, length, body) => {
    const before = await here.content();
    here.counted.since();
    expect(outcome(await talk(here.url, head(dialect, `${TOKEN}${length}`), body))).toEqual(TOO_LARGE[dialect]);
    expect(here.counted.since()).toEqual(NO_WORK);
    await here.expectUnharmed(before);
  });

  it.each([
    [
      'without a length',
      'Transfer-Encoding: chunked\r\n',
      Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(64 * KB), Buffer.from('\r\n')]),
    ],
    ['with a length that it keeps', `Content-Length: ${4096 * MB}\r\n`, Buffer.alloc(64 * KB)],
  ])('%s, and whoever goes on sending is cut off, in little memory', async (_, framing, piece) => {
    const before = await here.content();
    here.counted.since();
    const { sent, answer, held } = await endless(here.url, head(dialect, `${TOKEN}${framing}`), piece);
    expect(outcome(answer)).toEqual(TOO_LARGE[dialect]);
    expect(here.counted.since()).toEqual(NO_WORK);
    // What is read after a refusal, so that the refusal arrives, and what the sockets hold.
    expect(sent).toBeLessThan(96 * MB);
    // All of it would be 64 MiB; what was let go is counted until it is swept.
    expect(held).toBeLessThan(40 * MB);
    await here.expectUnharmed(before);
  });

  it('when it is shorter than its length says', async () => {
    const before = await here.content();
    const { hostname, port } = new URL(here.url);
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    socket.end(`${head(dialect, `${TOKEN}Content-Length: 1000\r\n`)}--notary-test-boundary\r\n`);
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    await once(socket, 'close');
    // It has hung up: there may be nobody to tell.
    expect([undefined, 400]).toContain(statuses(answer)[0]);
    await here.expectUnharmed(before);
  });

  it('when it is longer than its length says: the rest is no request', async () => {
    const before = await here.content();
    const form = '\r\n--notary-test-boundary\r\nContent-Disposition: form-data; name="files"; filename="targets"\r\n\r\n{}';
    const answer = await talk(here.url, head(dialect, `${TOKEN}Content-Length: 20\r\n`), form);
    expect(statuses(answer)).toEqual([400]);
    await here.expectUnharmed(before);
  });

  it('before it is sent, where a stranger sends it', async () => {
    const before = await here.content();
    here.counted.since();
    for (const more of ['', 'Expect: 100-continue\r\n']) {
      const answer = await talk(here.url, head(dialect, `Content-Length: ${200 * KB}\r\n${more}`));
      // Not even told to go on.
      expect(statuses(answer)).toEqual([401]);
    }
    expect(here.counted.since()).toEqual(NO_WORK);
    await here.expectUnharmed(before);
  });
});

describe('the body of another request', () => {
  it('is bounded too', async () => {
    const before = await here.content();
    here.counted.since();
    const path = `/_countersign/v1/repositories/${here.repository.gun}/pending/releases`;
    const start = `PUT ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${TOKEN}`;
    expect(outcome(await talk(here.url, `${start}Content-Length: ${100 * MB}\r\n\r\n`))).toEqual([413, 'too-large']);
    expect(here.counted.since()).toEqual(NO_WORK);
    await here.expectUnharmed(before);
  });

  it('is not kept where none is needed', async () => {
    const before = await here.content();
    const start = `GET ${BASES.tuf}root.json HTTP/1.1\r\nHost: localhost\r\n${TOKEN}Content-Length: ${4096 * MB}\r\n\r\n`;
    const { sent, answer, held } = await endless(here.url, start, Buffer.alloc(64 * KB));
    expect(statuses(answer)).toEqual([200]);
    expect(sent).toBeLessThan(96 * MB);
    // All of it would be 64 MiB; what was let go is counted until it is swept.
    expect(held).toBeLessThan(40 * MB);
    await here.expectUnharmed(before);
  });
});
