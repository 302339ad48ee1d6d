// Names that are statements, against a real PostgreSQL: of repositories, of roles, in queries, in key ids and signatures. Whatever a client
// sends is a parameter and never text of a statement: it finds nothing, or is stored as the name that it is.
import { parseNotaryGun } from '@countersign/core';
import { openPostgresStore, type PostgresStoreOptions } from '@countersign/store';
import { noPostgres, startPostgres, type TestPostgres } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASES, type Besieged, besieged, OWNER, statuses, talk } from '../lab/besieged.ts';
import { newOwner } from '../notary/owner.ts';
import { closeSites, FORM, form } from '../notary/site.ts';
import { fileOf } from './victims/story.ts';

const OPTIONS: PostgresStoreOptions = {
  applicationName: 'countersign test',
  connections: 4,
  lockTimeout: 2000,
  statementTimeout: 5000,
  readTimeout: 5000,
  reconnectTimeout: 5000,
};

const STATEMENTS: readonly string[] = [
  "'; drop table countersign_heads; --",
  `\\' or '1'='1" --`,
  '$1',
  '$$; truncate countersign_files; $$',
  "%' or true --",
  "'||(select pg_sleep(20))||'",
];

describe.skipIf(noPostgres !== undefined)(noPostgres ?? 'a name that is a statement', () => {
  let database: TestPostgres;
  let here: Besieged;
  let close: () => Promise<void>;
  beforeAll(async () => {
    database = await startPostgres();
    const store = await openPostgresStore(await database.freshUrl(), OPTIONS);
    close = () => store.close();
    here = await besieged({}, store);
  });
  afterAll(async () => {
    await closeSites();
    await close?.();
    await database?.stop();
  });

  const send = async (method: string, path: string): Promise<number | undefined> => {
    const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: ${OWNER.authorization}\r\nContent-Length: 0\r\n\r\n`;
    return statuses(await talk(here.url, head))[0];
  };

  it('finds nothing and changes nothing, wherever it stands in an address', async () => {
    const before = await here.content();
    for (const text of STATEMENTS) {
      const part = encodeURIComponent(text);
      const ours = `/_countersign/v1/repositories/${here.repository.gun}`;
      for (const [method, path] of [
        ['GET', `/v2/${part}/_trust/metadata/root.json`],
        ['GET', `/v2/${part}/_trust/tuf/root.json`],
        ['GET', `${BASES.tuf}${part}.json`],
        ['GET', `${BASES.tuf}1.${part}.json`],
        ['GET', `${BASES.tuf}root.${part}.json`],
        ['GET', `${BASES.notary}targets/${part}.json`],
        ['GET', `${BASES.notary}root.${part}.json`],
        ['GET', `${ours}/pending/${part}`],
        ['GET', `/_countersign/v1/repositories/${part}/records`],
        ['DELETE', `/v2/${part}/_trust/metadata/`],
        ['DELETE', `/v2/${part}/_trust/tuf/`],
        ['GET', `/v2/_trust/changefeed?change_id=${part}`],
        ['GET', `/v2/_trust/changefeed?records=${part}`],
        ['GET', `${ours}/records?after=${part}`],
        ['GET', `${ours}/records?limit=${part}`],
        ['GET', `/_countersign/v1/repositories?after=${part}`],
        ['POST', `${BASES.tuf}?recreate=${part}`],
        ['GET', `/v2/${part}/_trust/tuf/timestamp.key`],
      ] as const) {
        const status = await send(method, path);
        expect([method, path, status]).toEqual([method, path, expect.toSatisfy((found) => found >= 200 && found < 500)]);
        if (method === 'GET' && path.endsWith('.json')) expect([path, status]).not.toEqual([path, 200]);
      }
    }
    await here.expectUnharmed(before);
  });

  it('finds nothing and changes nothing, wherever it stands in an upload', async () => {
    const before = await here.content();
    for (const text of STATEMENTS) {
      const file = JSON.parse(Buffer.from(fileOf(here.repository, 'targets')).toString());
      const bent = { ...file, signatures: [{ keyid: text, method: text, sig: text }] };
      const named = { ...file, signed: { ...file.signed, _type: text, 'x-countersign': { repository: text } } };
      for (const [name, content] of [
        [text.replaceAll('"', '\\"'), file],
        ['targets', bent],
        ['targets', named],
        [`targets/${text.replaceAll('"', '')}`, file],
      ] as const) {
        for (const base of [BASES.tuf, BASES.notary]) {
          const body = form([[name, Buffer.from(JSON.stringify(content))]]);
          const { status } = await here.site.ask(base, { method: 'POST', headers: { ...OWNER, ...FORM }, body });
          expect([name, base, status]).toEqual([name, base, expect.toSatisfy((found) => found >= 400 && found < 500)]);
        }
      }
    }
    await here.expectUnharmed(before);
  });

  it('is kept as it is, where it is a name that Notary allows', async () => {
    const gun = parseNotaryGun("registry.example.com/'; drop table countersign_heads; --");
    const site = {
      ...here.site,
      ask: (path: string, question: Parameters<typeof here.site.ask>[1] = {}) =>
        here.site.ask(path, { ...question, headers: { ...OWNER, ...question.headers } }),
    };
    const owner = await newOwner(site, { gun, snapshot: 'server' });
    await owner.begin();
    expect((await owner.post(await owner.tagged('v1'))).status).toBe(200);
    expect((await owner.read()).targets.content.targets.has('v1')).toBe(true);
    expect((await site.ask('/v2/_trust/changefeed?records=100')).body.toString()).toContain(JSON.stringify(gun));
    await here.expectUnharmed(await here.content());
  });
});
