// A trust server that was taken over asks a signing service for more work than for signatures: bodies without an end, evidence full of
// signatures, headers, compressed requests. And somebody whose certificate is good for another service asks for any of it.
import { type JsonValue, jsonObject, SNAPSHOT, TARGETS } from '@countersign/core';
import { withSignatures } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeIn, statuses } from '../lab/besieged.ts';
import { countedCryptography, NO_WORK } from '../lab/counted-crypto.ts';
import { COLLEAGUE, SignerLab, StolenServer, tell, wanted } from '../lab/stolen-server.ts';
import { fileOf } from './victims/story.ts';

const counted = countedCryptography();
let lab: SignerLab;
let server: StolenServer;
beforeAll(async () => {
  lab = await SignerLab.start(counted.crypto);
  server = await StolenServer.begin(lab);
});
afterAll(() => lab.stop());

const MB = 1024 * 1024;
const head = (more: string): string => `POST /v1/sign HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${more}\r\n`;
const good = async (): Promise<void> => {
  await server.repository.advance();
};

describe('a signing service refuses before it reads', () => {
  it.each([
    ['a body of a gigabyte', `Content-Length: ${1024 * MB}\r\n`, 413, 'too-large'],
    ['a body of unknown length', 'Transfer-Encoding: chunked\r\n', 400, 'malformed'],
    ['a body of no length', '', 400, 'malformed'],
    ['a compressed body', 'Content-Encoding: gzip\r\nContent-Length: 1000\r\n', 415, 'unsupported-encoding'],
    ['one compressed for the way', 'Transfer-Encoding: gzip, chunked\r\n', 415, 'unsupported-encoding'],
    ['a thousand headers', Array.from({ length: 1000 }, (_, at) => `x-${at}: 1\r\n`).join(''), 431, 'too-many-headers'],
    ['a header of 17 KiB', `x: ${'a'.repeat(17 * 1024)}\r\n`, 431, undefined],
    ['a second host', 'Host: other\r\nContent-Length: 2\r\n', 400, 'malformed'],
  ])('%s', async (_, headers, status, code) => {
    counted.since();
    const answer = await tell(lab.url, head(headers));
    expect([statuses(answer), codeIn(answer)]).toEqual([[status], code]);
    expect(counted.since()).toEqual(NO_WORK);
    await good();
  });

  it('anything of a stranger, whose body is not even waited for', async () => {
    counted.since();
    const answer = await tell(lab.url, head(`Content-Length: ${100 * MB}\r\n`), COLLEAGUE);
    expect([statuses(answer), codeIn(answer)]).toEqual([[403], 'forbidden']);
    expect(counted.since()).toEqual(NO_WORK);
  });
});

describe('evidence costs a bounded number of verifications', () => {
  const flood = (keyid?: string): JsonValue[] =>
    Array.from({ length: 10_000 }, (_, at) => jsonObject({ keyid: keyid ?? `k${at}`, sig: 'ab'.repeat(64) }));

  it.each(['strangers', 'the right key'])('with ten thousand signatures of %s', async (whose) => {
    const bent = server.repository.fork();
    await bent.next('targets', TARGETS, {});
    const [own] = bent.signersOf('targets');
    const file = withSignatures(fileOf(bent, 'targets'), () => flood(whose === 'strangers' ? undefined : own?.key.keyid));
    const payload = await wanted(server, 'snapshot', bent);
    counted.since();
    await server.refused(
      { role: 'snapshot', payload, upload: [['targets', file]], standing: server.evidence(bent.newest).standing },
      'unaccepted-upload',
    );
    const work = counted.since();
    expect(work.verified + work.ahead).toBeLessThanOrEqual(8);
    expect(work.hashed).toBeLessThanOrEqual(4 * file.length + 100_000);
    await good();
    expect(server.accepted.has(SNAPSHOT)).toBe(true);
  });

  it('with a thousand files that nobody asked for', async () => {
    const bent = server.repository.fork();
    const payload = await wanted(server, 'snapshot', bent);
    const upload = Array.from({ length: 1000 }, (_, at) => [`r${at}`, Buffer.from('{"signed":{},"signatures":[]}')] as const);
    counted.since();
    await server.refused({ role: 'snapshot', payload, upload, standing: server.evidence().standing }, 'unaccepted-upload');
    const work = counted.since();
    expect(work.verified + work.ahead).toBeLessThanOrEqual(8);
    await good();
  });
});
