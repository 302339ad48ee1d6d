// A small body that says it is a large one, compressed. A server that inflates it before it knows who sent it does the attacker's work, and
// a proxy that does it in front of the server reads another upload than the server. Nothing is inflated here, and nobody is left to wonder.
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shipped } from '../architecture/sources.ts';
import { BASES, type Besieged, besieged, codeIn, DIALECTS, OWNER, statuses, talk } from '../lab/besieged.ts';
import { NO_WORK } from '../lab/counted-crypto.ts';
import { closeSites, FORM, form } from '../notary/site.ts';

let here: Besieged;
beforeAll(async () => {
  here = await besieged();
});
afterAll(closeSites);

const MB = 1024 * 1024;
const REFUSED = { tuf: [415, 'unsupported-encoding'], notary: [400, 'MALFORMED_UPLOAD'] } as const;
const bomb = form([['targets', Buffer.alloc(60 * MB, 0x20)]]);

describe.each(DIALECTS)('%s', (dialect) => {
  it.each([
    ['gzip', gzipSync(bomb, { level: 1 })],
    ['br', brotliCompressSync(bomb, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ['deflate', deflateSync(bomb, { level: 1 })],
    ['gzip, gzip', gzipSync(gzipSync(bomb, { level: 1 }))],
    ['identity, gzip', gzipSync('small')],
  ])('refuses a body in %s without looking into it', async (coding, body) => {
    const before = await here.content();
    here.counted.since();
    const headers = { ...OWNER, ...FORM, 'content-encoding': coding };
    const answer = await here.site.ask(BASES[dialect], { method: 'POST', headers, body });
    expect([answer.status, codeIn(answer.body)]).toEqual(REFUSED[dialect]);
    expect(here.counted.since()).toEqual(NO_WORK);
    expect(await here.content()).toBe(before);
  });

  it('refuses one that is compressed for the way', async () => {
    const body = gzipSync('x');
    const head = `POST ${BASES[dialect]} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: ${OWNER.authorization}\r\n`;
    const framed = [`${head}Transfer-Encoding: gzip, chunked\r\n\r\n${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n'];
    const answer = await talk(here.url, ...framed);
    expect([statuses(answer), codeIn(answer)]).toEqual([[REFUSED[dialect][0]], REFUSED[dialect][1]]);
  });

  it('takes a good upload afterwards, and one that says it is no other', async () => {
    await here.expectUnharmed(await here.content());
    const headers = { ...OWNER, ...FORM, 'content-encoding': 'identity' };
    const answer = await here.site.ask(BASES[dialect], { method: 'POST', headers, body: form([]) });
    expect(answer.status).not.toBe(415);
  });
});

it('no service has anything at hand that could inflate', () => {
  const services = shipped.filter(({ path }) => path.startsWith('services/'));
  expect(services.length).toBeGreaterThan(50);
  expect(services.filter(({ imports }) => imports.some(({ specifier }) => /zlib|brotli|pako|fflate/.test(specifier)))).toEqual([]);
});
