// Several stores on one database, and databases that go away.
import { randomBytes } from 'node:crypto';
import { type Cut, cutBefore, noPostgres, startPostgres, type TestPostgres } from '@countersign/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allRoles, app, bytesOf, change, digestOf, gun, newFile, publish, role, served, tool, version } from '../contract/samples.ts';
import { type Finding, Inspector } from '../dump/inspector.ts';
import { isStoreError } from '../errors.ts';
import type { Head, MetadataStore, RepositoryRef } from '../store.ts';
import { quick } from '../testing/quick.ts';
import { readAddress } from './address.ts';
import { connectTo, Line, type PostgresStoreOptions, type Sql } from './connection.ts';
import { leastLarge } from './large.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations.ts';
import { openPostgresStore } from './open.ts';
import type { PostgresStore } from './postgres-store.ts';

let server: TestPostgres;
beforeAll(async () => {
  if (noPostgres === undefined) server = await startPostgres();
});
afterAll(async () => {
  await server?.stop();
});
beforeEach(({ skip }) => {
  if (noPostgres !== undefined) skip(noPostgres);
});
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function opened(url: string, options: PostgresStoreOptions = quick): Promise<PostgresStore> {
  const store = await openPostgresStore(url, options);
  closers.push(() => store.close());
  return store;
}

function database(url: string): Sql {
  const sql = connectTo(readAddress(url), quick, 1);
  closers.push(() => sql.end({ timeout: 1 }));
  return sql;
}

describe('two stores on one database', () => {
  it('let one of them win each revision, and number records in the order of commits, as a reader in between sees', async () => {
    const url = await server.freshUrl();
    const stores = [await opened(url), await opened(url)];
    const reader = await opened(url);
    const repositories = Array.from({ length: 6 }, (_, index): RepositoryRef => ({ gun: gun(`race/${index}`), dialect: 'tuf' }));
    let isOver = false;
    const seen: number[] = [];
    const reading = (async () => {
      while (!isOver) {
        const page = await reader.records({ after: seen.at(-1) ?? 0, limit: 100 });
        seen.push(...page.map(({ position }) => position));
      }
    })();
    let won = 0;
    const writers = stores.flatMap((store, place) =>
      repositories.map(async (repository) => {
        for (let round = 0; round < 8; round += 1) {
          const head = await store.head(repository);
          const files = [newFile('targets', (head?.revision ?? 0) + 1, `${place} ${round}`)];
          try {
            await publish(store, repository, head, { files });
            won += 1;
          } catch (error) {
            if (!isStoreError(error, 'conflict')) throw error;
          }
        }
      }),
    );
    await Promise.all(writers);
    isOver = true;
    await reading;
    const heads = await Promise.all(repositories.map((repository) => reader.head(repository)));
    expect(heads.reduce((sum, head) => sum + (head?.revision ?? 0), 0)).toBe(won);
    const rest = await reader.records({ after: seen.at(-1) ?? 0, limit: 1000 });
    expect([...seen, ...rest.map(({ position }) => position)]).toEqual(Array.from({ length: won }, (_, index) => index + 1));
  });

  it('settle who begins a repository, who has a claim, and never wait for each other in a circle', async () => {
    const url = await server.freshUrl();
    const stores = [await opened(url), await opened(url)];
    const claims = [{ kind: 'server-key', digest: 'cafe' }];
    const settled = await Promise.allSettled([
      ...stores.map((store) => publish(store, app, undefined, { files: allRoles(1) })),
      ...stores.map((store) => publish(store, tool, undefined, { files: allRoles(1), claims })),
      ...stores.map((store, index) =>
        publish(store, { gun: gun(`other/${index}`), dialect: 'tuf' }, undefined, { files: allRoles(1), claims }),
      ),
    ]);
    const codes = settled.map((outcome) => (outcome.status === 'fulfilled' ? 'won' : outcome.reason.code));
    expect(codes.filter((code) => code === 'won').length).toBeGreaterThanOrEqual(2);
    expect(codes.slice(0, 2).sort()).toEqual(['conflict', 'won']);
    const [first] = stores;
    expect((await first?.claimants(claims.slice(0, 1)))?.[0]).toBeDefined();
  });

  it('let one begin a repository when it did so while the other already waited for a head', async () => {
    const url = await server.freshUrl();
    const [one, two] = [await opened(url), await opened(url)];
    const head = await publish(one, app, undefined, { files: allRoles(1) });
    const holder = database(url);
    await holder`begin`;
    await holder`select from countersign_heads for update`;
    const late = Promise.allSettled([
      publish(two, app, head, { files: [newFile('targets', 2)] }),
      publish(two, tool, undefined, { files: allRoles(1) }),
    ]);
    // What it asks after the heads sees a repository that its heads did not.
    const watcher = database(url);
    await expect.poll(async () => (await watcher`select from pg_locks where not granted`).length, { timeout: 5000 }).toBe(1);
    const begun = await publish(one, tool, undefined, { files: allRoles(1) });
    await holder`rollback`;
    expect(await late).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: { code: 'conflict' } }]);
    expect(await one.head(tool)).toEqual(begun);
  });

  it('see at once what the other committed, and are told what moved', async () => {
    const url = await server.freshUrl();
    const [one, two] = [await opened(url), await opened(url)];
    const { now } = await two.movedSince(undefined);
    const first = await publish(one, app, undefined, { files: allRoles(1) });
    expect(await two.head(app)).toEqual(first);
    await one.commit(app, first.revision, change({ files: [newFile('timestamp', 2)] }));
    await publish(one, tool, undefined, { files: allRoles(1) });
    const told = await two.movedSince(now);
    expect(told).toEqual({ now: now + 3, moved: [app, tool] });
    expect(await two.movedSince(told.now)).toEqual({ now: told.now, moved: [] });
    expect(await two.movedSince(told.now + 1)).toEqual({ now: told.now, moved: 'many' });
  });
});

describe('a database that is cut off', () => {
  let cut: Cut;
  let store: PostgresStore;
  let url: string;
  beforeEach(async () => {
    cut = await cutBefore(server.host, server.port);
    closers.push(() => cut.close());
    url = await server.freshUrl(cut.port);
    store = await opened(url);
  });

  const moments = ['for update', 'insert into countersign_batches', 'update countersign_last', 'commit\0'];
  const sides = ['before it arrives', 'before it is answered'] as const;

  it.each(moments.flatMap((text) => sides.map((side) => [JSON.stringify(text), side, text] as const)))(
    'commits exactly once when it is lost with %s %s',
    async (_, side, text) => {
      const head = await publish(store, app, undefined, { files: allRoles(1) });
      // A new connection sends statements as text, an old one by their names.
      cut.cutAll();
      cut.mend();
      cut.cutAt(text, side);
      const losers = publish(store, app, undefined, { files: allRoles(1) }).catch((error: unknown) => error);
      const next = await publish(store, app, head, { files: allRoles(2) });
      expect(cut.cuts).toBe(1);
      expect(await losers).toMatchObject({ code: 'conflict' });
      expect(next.revision).toBe(2);
      expect(await store.head(app)).toEqual(next);
      expect((await store.records({ limit: 10 })).map(({ position }) => position)).toEqual([1, 2]);
    },
  );

  it.each([
    ['before it is answered', 'is kept', 2],
    ['before it arrives', 'never will be', 1],
  ] as const)(
    'asks later what became of a commit that was cut off %s, and could not be asked about in time: it %s',
    async (side, _, revision) => {
      const impatient = await opened(url, { ...quick, reconnectTimeout: 700 });
      const head = await publish(impatient, app, undefined, { files: allRoles(1) });
      cut.cutAll();
      cut.mend();
      expect(await impatient.head(app)).toEqual(head);
      cut.cutAt('commit\0', side, 'stay cut');
      const unsure = publish(impatient, app, head, { files: allRoles(2) }).catch((error: unknown) => error);
      expect(await unsure).toMatchObject({ code: 'unavailable', message: expect.stringContaining('nobody knows') });
      await expect(impatient.reopen()).rejects.toMatchObject({ code: 'unavailable' });
      cut.mend();
      await impatient.reopen();
      // Its own token stands there, so that it cannot be kept later, and one that asks whether anything can be written.
      const tokens = await database(url)<{ kept: boolean }[]>`select kept from countersign_batches`;
      expect(tokens.map(({ kept }) => kept).sort()).toEqual([false, revision === 2, true].sort());
      expect((await impatient.head(app))?.revision).toBe(revision);
      const next = publish(impatient, app, head, { files: allRoles(2) });
      if (revision === 1) expect((await next).revision).toBe(2);
      else await expect(next).rejects.toMatchObject({ code: 'conflict' });
    },
  );

  it('says unavailable while it is gone, and goes on when it is back', async () => {
    const impatient = await opened(url, { ...quick, statementTimeout: 300, readTimeout: 300, reconnectTimeout: 300 });
    const head = await publish(impatient, app, undefined, { files: allRoles(1) });
    cut.cutAll();
    await expect(impatient.head(app)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(publish(impatient, app, head, { files: allRoles(2) })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(impatient.reopen()).rejects.toMatchObject({ code: 'unavailable' });
    cut.mend();
    await impatient.reopen();
    // It asks now and then whether the database answers again.
    await expect.poll(() => impatient.head(app).catch(() => undefined)).toEqual(head);
    expect((await publish(impatient, app, head, { files: allRoles(2) })).seq).toBe(2);
  });

  it('is asked for a large file over a new connection, once the one that was kept for the next is gone', async () => {
    await publish(store, app, undefined, { files: [newFile('targets', 1, Buffer.alloc(leastLarge, 'x'))] });
    const read = () => store.file(app, { role: role('targets'), version: version(1) });
    expect((await read())?.length).toBe(leastLarge);
    cut.cutAll();
    cut.mend();
    expect((await read())?.length).toBe(leastLarge);
  });

  it('never shows its password', async () => {
    cut.cutAll();
    const error = await openPostgresStore(url, { ...quick, reconnectTimeout: 300 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'unavailable' });
    for (let told: unknown = error; told instanceof Error; told = told.cause) {
      expect(`${told.stack} ${JSON.stringify(told)}`).not.toContain('of-a-test');
    }
    for (const wrong of ['postgres://u:of-a-test@host', 'mysql://u:of-a-test@host/db', 'postgres://u:of-a-test@ho st/db']) {
      await expect(openPostgresStore(wrong, quick)).rejects.toMatchObject({ code: 'invalid' });
      await expect(openPostgresStore(wrong, quick)).rejects.not.toMatchObject({ message: expect.stringContaining('of-a-test') });
    }
  });
});

describe('a server that holds a lock for ever', () => {
  it('keeps others from its repository alone', async () => {
    const url = await server.freshUrl();
    const store = await opened(url, { ...quick, lockTimeout: 200 });
    const heads = [
      await publish(store, app, undefined, { files: allRoles(1) }),
      await publish(store, tool, undefined, { files: allRoles(1) }),
    ];
    const stuck = database(url);
    await stuck`begin`;
    await stuck`select * from countersign_heads where repository like '%app tuf' for update`;
    const settled = await Promise.allSettled([
      publish(store, app, heads[0], { files: allRoles(2) }),
      publish(store, tool, heads[1], { files: allRoles(2) }),
    ]);
    expect(settled).toMatchObject([{ status: 'rejected', reason: { code: 'unavailable' } }, { status: 'fulfilled' }]);
    await stuck`rollback`;
    expect((await publish(store, app, heads[0], { files: allRoles(2) })).seq).toBe(2);
  });
});

describe('what stands in the database', () => {
  it.each([
    ['a head with other text', `update countersign_heads set head = replace(head, '"seq":1', '"seq":2')`, 'head'],
    ['a lost head', 'delete from countersign_heads', 'head'],
    ['a file with other bytes', `update countersign_files set bytes = 'other'`, 'file'],
    ['a lost file', 'delete from countersign_files', 'file'],
    ['a large file that lost a part', 'delete from countersign_parts where part = 1', 'large'],
    ['a record with other bytes', `update countersign_records set bytes = 'other'`, 'records'],
    ['a lost record', 'delete from countersign_records where position = 1', 'records'],
    ['a draft with other bytes', `update countersign_drafts set bytes = 'other'`, 'pending'],
  ])('is damaged when it is %s', async (_, harm, read) => {
    const url = await server.freshUrl();
    const large = Buffer.alloc(3 * 1024 * 1024, 'large');
    const writer = await opened(url);
    const head = await publish(writer, app, undefined, { files: [...allRoles(1), newFile('releases', 1, large)] });
    const pending = [{ role: role('targets'), signed: digestOf(bytesOf('draft')), bytes: bytesOf('draft') }];
    await writer.commit(app, head.revision, change({ pending }));
    await publish(writer, tool, undefined, { files: allRoles(1) });
    await database(url).unsafe(harm);
    const store: MetadataStore = await opened(url);
    const reads: Readonly<Record<string, () => Promise<unknown>>> = {
      head: () => store.head(app),
      file: () => served(store, app, 'root', 1),
      large: () => store.file(app, { role: role('releases'), version: version(1) }),
      records: () => store.records({ limit: 10 }),
      pending: () => store.pending(app, role('targets')),
    };
    await expect(reads[read]?.()).rejects.toMatchObject({ code: 'damaged' });
    const inspector = new Inspector();
    const findings: Finding[] = [];
    for await (const item of store.dump()) findings.push(...inspector.take(item));
    expect([...findings, ...inspector.end()]).not.toEqual([]);
  });

  it('takes no commit, with a record or without, when the row that numbers them is lost', async () => {
    const url = await server.freshUrl();
    const store = await opened(url);
    const head = await publish(store, app, undefined, { files: allRoles(1) });
    await database(url)`delete from countersign_last`;
    await expect(publish(store, app, head, { files: allRoles(2) })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.commit(app, head.revision, change({ files: [newFile('timestamp', 2)] }))).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(await (await opened(url)).head(app)).toEqual(head);
  });

  it('comes back byte by byte, just below and above every size where it is kept otherwise', async () => {
    const store = await opened(await server.freshUrl());
    const sizes = [0, 1, 20_000, leastLarge - 1, leastLarge, leastLarge + 1, 1 << 20, (1 << 20) + 1, (1 << 20) + 20_000, 3 << 20];
    let head: Head | undefined;
    for (const [index, size] of sizes.entries()) {
      const file = newFile('targets', index + 1, randomBytes(size));
      head = await publish(store, app, head, { files: [file] });
    }
    const reader = await opened(await server.freshUrl());
    await reader.load(store.dump());
    for (const from of [store, reader, reader]) {
      for (const [index, size] of sizes.entries()) {
        expect((await from.file(app, { role: role('targets'), version: version(index + 1) }))?.length).toBe(size);
      }
    }
  });

  it('takes a few connections for large files, however many are asked for, and gives back each that a read failed on', async () => {
    const url = await server.freshUrl();
    const applicationName = randomBytes(8).toString('hex');
    const store = await opened(url, { ...quick, applicationName, lockTimeout: 100 });
    await publish(store, app, undefined, { files: [newFile('targets', 1, Buffer.alloc(leastLarge, 'x'))] });
    const read = () => store.file(app, { role: role('targets'), version: version(1) });
    const watcher = database(url);
    const open = async (waiting: boolean) =>
      (
        await watcher`select from pg_stat_activity where application_name = ${applicationName} and (${!waiting} or wait_event_type = 'Lock')`
      ).length;
    const holder = database(url);
    await holder`begin`;
    await holder`lock table countersign_parts in access exclusive mode`;
    let isOver = false;
    const reading = Promise.allSettled(Array.from({ length: 8 }, read)).finally(() => {
      isOver = true;
    });
    let most = 0;
    while (!isOver) most = Math.max(most, await open(true));
    expect(new Set((await reading).map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(most).toBeLessThanOrEqual(4);
    await holder`rollback`;
    // Those that reads share, and the one that writes.
    await expect.poll(() => open(false)).toBeLessThanOrEqual(quick.connections + 1);
    expect((await Promise.all(Array.from({ length: 8 }, read))).map((bytes) => bytes?.length)).toEqual(Array(8).fill(leastLarge));
  });

  it('takes large files and drafts again, and keeps parts of none that went', async () => {
    const url = await server.freshUrl();
    const store = await opened(url);
    const large = newFile('targets', 1, Buffer.alloc(1_500_000, 'x'));
    const head = await publish(store, app, undefined, { files: [large] });
    const again = await store.commit(app, head.revision, change({ files: [{ ...large, version: version(2) }] }));
    const draft = (text: string) => [{ role: role('root'), signed: digestOf(bytesOf(text)), bytes: Buffer.alloc(1_500_000, text) }];
    const one = await store.commit(app, again.revision, change({ pending: draft('a') }));
    const two = await store.commit(app, one.revision, change({ pending: draft('b') }));
    expect((await store.pending(app, role('root')))?.at(-1)).toBe('b'.charCodeAt(0));
    await store.commit(app, two.revision, change({ dropPending: [role('root')] }));
    const [parts] = await database(url)<{ count: number }[]>`select count(*) as count from countersign_parts`;
    expect(parts?.count).toBe(2);
  });
});

describe('migrations', () => {
  it('run once when two processes begin at the same moment', async () => {
    const url = await server.freshUrl();
    const stores = await Promise.all([opened(url), opened(url), opened(url)]);
    await Promise.all(
      stores.map((store, index) => publish(store, { gun: gun(`app/${index}`), dialect: 'tuf' }, undefined, { files: allRoles(1) })),
    );
    expect(await stores[0]?.records({ limit: 10 })).toHaveLength(3);
  });

  it('leave a program of the version before at work, and refuse one that is too old', async () => {
    const url = await server.freshUrl();
    const old = await opened(url);
    const line = await Line.open(readAddress(url), quick);
    closers.push(() => line.discard());
    const added = { version: 2, oldest: 1, statements: ['alter table countersign_claims add column if not exists made timestamptz'] };
    await migrate(line, readAddress(url), [...migrations, added]);
    await publish(old, app, undefined, { files: allRoles(1), claims: [{ kind: 'root', digest: 'aa' }] });
    expect((await (await opened(url)).head(app))?.seq).toBe(1);
    await migrate(line, readAddress(url), [...migrations, added, { version: 3, oldest: 3, statements: [] }]);
    await expect(openPostgresStore(url, quick)).rejects.toMatchObject({ code: 'schema', message: expect.stringContaining('update it') });
  });
});
