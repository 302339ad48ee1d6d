// Paths that one program reads as one address and the next as another: a proxy lets `/v2/a` through and the server serves `/v2/b`. An
// address of ours has one spelling. Clients of Notary know others by a redirect, which leads to this server and does nothing else.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASES, type Besieged, besieged, OWNER, statuses, talk } from '../lab/besieged.ts';
import { ask, SignerLab } from '../lab/stolen-server.ts';
import { closeSites } from '../notary/site.ts';

const GUN = 'registry.example.com/team/app';

/** Other spellings of one path, or of something near it. */
function tricks(path: string): readonly string[] {
  const of = (from: string, to: string): string => path.replace(from, to);
  return [
    of('/team/', '/team/../team/'),
    of('/team/', '/team/%2e%2e/team/'),
    of('/team/', '/team/.%2E/team/'),
    of('/team/', '/team/./'),
    of('/team/', '//team/'),
    of('/team/', '/team%2F'),
    of('/team/', '/team%2f'),
    of('/team/', '/team%252f'),
    of('/team/', '/team\\'),
    of('/team/', '/team%5C'),
    of('/team/', '/team%00/'),
    of('/team/', '/team;x=1/'),
    of('/team/', '/%74eam/'),
    of('/team/', '/TEAM/'),
    of('/team/', '/team%20/'),
    of('/team/', '/team%0d%0aSet-Cookie:%20a=b/'),
    // Overlong forms of a dot, a slash and NUL; half of a pair; what is no UTF-8 at all.
    of('/team/', '/%c0%ae%c0%ae/team/'),
    of('/team/', '/team%c0%af'),
    of('/team/', '/team%e0%80%af'),
    of('/team/', '/team%c0%80/'),
    of('/team/', '/team%ed%a0%80/'),
    of('/team/', '/team%ff/'),
    of('/team/', '/team%/'),
    of('/team/', '/team%2/'),
    of('/team/', '/team\u00e9/'),
    `/..${path}`,
    `/../../../../etc/passwd?${path}`,
    `/%2e%2e/%2e%2e${path}`,
    `//evil.example${path}`,
    `/\\evil.example${path}`,
    `///${path}`,
    `//[${path}`,
    `${path};a=b`,
    `${path}/`,
    `${path}/..`,
    `${path}%00.json`,
    `${path}#fragment`,
    `http://localhost${path}`,
    `http://evil.example${path}`,
    `HTTP://[::1]${path}`,
    `localhost${path}`,
    path.slice(1),
    '*',
    '/',
    '',
  ];
}

/** Whether decoding once makes it the same path: another spelling of one name, to a proxy too (RFC 3986 §6.2.2.2). */
function isSame(trick: string, path: string): boolean {
  try {
    return decodeURIComponent(trick) === path;
  } catch {
    return false;
  }
}

describe('a trust server', () => {
  let here: Besieged;
  beforeAll(async () => {
    here = await besieged();
  });
  afterAll(closeSites);

  const send = (method: string, target: string): Promise<string> =>
    talk(
      here.url,
      `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: ${OWNER.authorization}\r\nContent-Length: 0\r\n\r\n`,
    );

  it('reads a file of ours under one spelling', async () => {
    const path = `${BASES.tuf}root.json`;
    expect(statuses(await send('GET', path))).toEqual([200]);
    for (const trick of tricks(path)) {
      const answer = await send('GET', trick);
      // Of ours, a slash that is hidden is none.
      const wanted = isSame(trick, path) && !/%2f/i.test(trick) ? [200] : [301, 400, 404, 421];
      expect([trick, statuses(answer)]).toEqual([trick, [expect.toSatisfy((status: number) => wanted.includes(status))]]);
      expect([trick, answer]).not.toEqual([trick, expect.stringMatching(/\r\nSet-Cookie|root:x:0/i)]);
    }
  });

  it('sends clients of Notary to no other server, and serves them no other repository', async () => {
    for (const trick of tricks(`${BASES.notary}root.json`)) {
      const answer = await send('GET', trick);
      const [status = 0] = statuses(answer);
      expect([trick, [200, 301, 400, 404, 421].includes(status)]).toEqual([trick, true]);
      const place = /\r\nLocation: ([^\r]*)/i.exec(answer)?.[1];
      if (place !== undefined) expect([trick, place]).toEqual([trick, expect.stringMatching(/^\/(?![/\\])[!-~]*$/)]);
      expect([trick, status === 200]).toEqual([trick, isSame(trick, `${BASES.notary}root.json`)]);
    }
  });

  it('writes nothing under another spelling', async () => {
    const before = await here.content();
    for (const base of [BASES.tuf, BASES.notary]) {
      for (const trick of tricks(base)) {
        if (isSame(trick, base)) continue;
        for (const method of ['DELETE', 'POST']) {
          const answer = await send(method, trick);
          // To Notary's clients every name is one, and where nothing is, nothing was to be deleted.
          const least = base === BASES.notary ? 200 : 300;
          expect([method, trick, statuses(answer)]).toEqual([
            method,
            trick,
            [expect.toSatisfy((status) => status >= least && status < 500)],
          ]);
        }
      }
    }
    expect(await here.content()).toBe(before);
  });

  it('keeps the name of a repository, of a role and of a draft where they belong', async () => {
    const ours = '/_countersign/v1/repositories';
    for (const path of [
      `${ours}/..%2F..%2Fhealth/records`,
      `${ours}/${GUN}/../../metrics`,
      `${ours}/${GUN}/pending/..%2f..%2fimport`,
      `${ours}/${GUN}/pending/%2e%2e`,
      `${ours}/${GUN}%00/records`,
      `${ours}//records`,
      `${ours}/%c0%ae/records`,
      `${BASES.tuf}..%2f..%2froot.json`,
      `${BASES.tuf}%2e%2e/root.json`,
      `${BASES.tuf}1.root.json/../2.root.json`,
      `${BASES.notary}targets%2f..%2froot.json`,
      `${BASES.notary}targets/../root.json`,
      `${BASES.notary}targets/%00.json`,
    ]) {
      const [status] = statuses(await send('GET', path));
      expect([path, status]).toEqual([path, expect.toSatisfy((found) => [301, 400, 404].includes(found))]);
    }
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

  it('has one spelling for each address, and outlives every other', async () => {
    for (const trick of [
      '//[',
      '//evil/v1/keys',
      '/v1//keys',
      '/v1/./keys',
      '/v1/x/../keys',
      '/v1\\keys',
      '/v1/keys/',
      '/%761/keys',
      '/v1/keys;a',
      '/v1/keys%00',
      '/V1/keys',
      '///v1/keys',
    ]) {
      expect([trick, (await ask(lab.url, trick, undefined)).status]).toEqual([trick, 404]);
    }
    expect((await ask(lab.url, '/v1/keys', undefined)).status).toBe(200);
    expect((await ask(lab.url, '/v1/keys?after=//[', undefined)).status).toBe(200);
  });
});
