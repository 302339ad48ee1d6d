// Headers without an end: very many, very long, or one that everybody reads differently because it stands there twice.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASES, type Besieged, besieged, codeIn, DIALECTS, OWNER, statuses, talk } from '../lab/besieged.ts';
import { NO_WORK } from '../lab/counted-crypto.ts';
import { closeSites } from '../notary/site.ts';

let here: Besieged;
beforeAll(async () => {
  here = await besieged();
});
afterAll(closeSites);

const many = (count: number): string => Array.from({ length: count }, (_, at) => `x-${at}: 1\r\n`).join('');
const TOKEN = `Authorization: ${OWNER.authorization}\r\n`;

describe.each(DIALECTS)('%s', (dialect) => {
  const to = (method: string, more: string): string =>
    `${method} ${BASES[dialect]}${method === 'GET' ? 'root.json' : ''} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${TOKEN}${more}\r\n`;

  it.each([
    ['a hundred and one', many(98), 431],
    ['a thousand', many(1000), 431],
    ['three thousand without a value, of which Node would drop a third', 'a:\r\n'.repeat(3000), 431],
    ['one of 17 KiB', `x: ${'a'.repeat(17 * 1024)}\r\n`, 431],
    ['one megabyte of them', many(60_000), 431],
    ['a name of 17 KiB', `${'x'.repeat(17 * 1024)}: a\r\n`, 431],
  ])('refuses %s, of anybody', async (_, flood, status) => {
    const before = await here.content();
    here.counted.since();
    for (const method of ['GET', 'POST', 'DELETE']) {
      const found = statuses(await talk(here.url, to(method, flood)));
      // Whoever goes on sending after the refusal may find the connection gone before it is read.
      expect(flood.length > 100_000 && found.length === 0 ? [status] : found).toEqual([status]);
    }
    expect(here.counted.since()).toEqual(NO_WORK);
    expect(await here.content()).toBe(before);
  });

  it('takes as many as a long way through proxies adds', async () => {
    expect(statuses(await talk(here.url, to('GET', many(90))))).toEqual([200]);
  });

  it.each([
    ['host', 'Host: localhost\r\n'],
    ['host of another server', 'Host: evil.example\r\n'],
    ['caller', 'Authorization: Bearer of-nobody\r\n'],
  ])('refuses a second %s, kept ready or not', async (_, again) => {
    // Twice, so that the second is answered from memory.
    for (const more of ['', '', again, again]) {
      const answer = await talk(here.url, to('GET', more));
      if (more === '') expect(statuses(answer)).toEqual([200]);
      else expect([statuses(answer), codeIn(answer)]).toEqual([[400], dialect === 'tuf' ? 'malformed' : 'MALFORMED_UPLOAD']);
    }
  });

  it('refuses an upload with two types, one for each reader', async () => {
    const types = 'Content-Type: a/b\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 0\r\n';
    expect(statuses(await talk(here.url, to('POST', types)))).toEqual([400]);
  });

  it('goes on', async () => {
    await here.expectUnharmed(await here.content());
  });
});
