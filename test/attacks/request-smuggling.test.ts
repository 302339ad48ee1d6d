// One request hidden in another. A proxy and the server behind it must find the end of a request at the same byte: where they may not, the
// request is refused and the connection ends, so that what follows is never taken for a request of the proxy (RFC 9112 §6.3, §11.2).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASES, type Besieged, besieged, DIALECTS, OWNER, statuses, talk } from '../lab/besieged.ts';
import { SignerLab, tell } from '../lab/stolen-server.ts';
import { closeSites } from '../notary/site.ts';

const CHUNKED = 'Transfer-Encoding: chunked\r\n';
/** Headers of the request outside, and its body as one of the two readers sees it. What is hidden follows. */
const SHAPES: readonly (readonly [string, string, string])[] = [
  ['a length and chunks', `Content-Length: 5\r\n${CHUNKED}`, '0\r\n\r\n'],
  ['chunks and a length', `${CHUNKED}Content-Length: 5\r\n`, '0\r\n\r\n'],
  ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n', 'abcde'],
  ['the same length twice', 'Content-Length: 5\r\nContent-Length: 5\r\n', 'abcde'],
  ['a list of lengths', 'Content-Length: 5, 5\r\n', 'abcde'],
  ['a length with a sign', 'Content-Length: +5\r\n', 'abcde'],
  ['a length in hexadecimal', 'Content-Length: 0x5\r\n', 'abcde'],
  ['a length below nothing', 'Content-Length: -1\r\n', ''],
  ['a length with a space in it', 'Content-Length: 1 0\r\n', '0123456789'],
  ['a space before the colon', 'Transfer-Encoding : chunked\r\n', '0\r\n\r\n'],
  ['a header on two lines', 'Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'],
  ['chunks by another name', 'Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'],
  ['chunks that are not the last coding', 'Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'],
  ['chunks and no chunks', `${CHUNKED}Transfer-Encoding: identity\r\n`, '0\r\n\r\n'],
  ['no chunks', 'Transfer-Encoding: identity\r\n', '0\r\n\r\n'],
  ['a bare line feed after a header', 'X: a\nContent-Length: 5\r\n', 'abcde'],
  ['a bare carriage return in a header', 'X: a\rContent-Length: 5\r\n', 'abcde'],
  ['a NUL in a header', 'X: a\0b\r\nContent-Length: 5\r\n', 'abcde'],
  ['chunks that end in bare line feeds', CHUNKED, '1\na\n0\n\n'],
  ['a line feed in the extension of a chunk', CHUNKED, '0;a\n\r\n'],
  ['a size that no number holds', CHUNKED, 'fffffffffffffffff\r\n'],
  ['a size with a sign', CHUNKED, '+0\r\n\r\n'],
  ['a length among the trailers', CHUNKED, '0\r\nContent-Length: 5\r\n\r\n'],
];

describe('a trust server', () => {
  let here: Besieged;
  beforeAll(async () => {
    here = await besieged();
  });
  afterAll(closeSites);

  const TOKEN = `Authorization: ${OWNER.authorization}\r\n`;
  describe.each(DIALECTS)('%s', (dialect) => {
    const hidden = `DELETE ${BASES[dialect]} HTTP/1.1\r\nHost: localhost\r\n${TOKEN}Connection: close\r\n\r\n`;

    it.each(SHAPES)('finds no second request behind %s', async (_, headers, body) => {
      const before = await here.content();
      const outside = `POST ${BASES[dialect]} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n${body}`;
      const found = statuses(await talk(here.url, outside + hidden));
      // What was wrong may only be found behind the headers, when a stranger's upload was refused already.
      expect([[400], [401], [401, 400]]).toContainEqual(found);
      expect(await here.content()).toBe(before);
    });

    it('takes what a request says is its body for no request', async () => {
      const before = await here.content();
      const outside = `GET ${BASES[dialect]}root.json HTTP/1.1\r\nHost: localhost\r\n${TOKEN}Content-Length: ${hidden.length}\r\n\r\n${hidden}`;
      const last = 'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
      expect(statuses(await talk(here.url, outside + last))).toEqual([200, 200]);
      expect(await here.content()).toBe(before);
    });
  });

  it.each([
    ['lines that end in bare line feeds', `GET ${BASES.tuf}root.json HTTP/1.1\nHost: localhost\n${TOKEN.trim()}\n\n`],
    ['the beginning of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['chunks in HTTP/1.0', `POST ${BASES.tuf} HTTP/1.0\r\nHost: localhost\r\n${CHUNKED}\r\n0\r\n\r\n`],
  ])('refuses %s', async (_, request) => {
    expect([[400], [415]]).toContainEqual(statuses(await talk(here.url, request)));
  });

  it('goes on', async () => {
    await here.expectUnharmed(await here.content());
  });
});

describe('a signing service', () => {
  let lab: SignerLab;
  beforeAll(async () => {
    lab = await SignerLab.start();
  });
  afterAll(() => lab.stop());

  it.each(SHAPES)('finds no second request behind %s', async (_, headers, body) => {
    const hidden = 'GET /v1/keys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const found = statuses(await tell(lab.url, `POST /v1/sign HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n${body}${hidden}`));
    expect(found.filter((status) => status < 400)).toEqual([]);
    expect(lab.lines.filter(({ path }) => path === '/v1/keys')).toEqual([]);
  });
});
