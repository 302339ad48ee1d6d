import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allRoles, app, publish, role, served, tool, version } from '../contract/samples.ts';
import { fileKey, headKey, lastKey, recordKey, schemaKey, seqKey, versionKey } from './keys.ts';
import type { LevelStore } from './level-store.ts';
import { openLevelStore } from './open.ts';

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'countersign-open-'));
  folder = join(parent, 'data', 'store');
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

const appName = 'registry.example.com/team/app tuf';

async function filled(): Promise<void> {
  const store = await openLevelStore(folder);
  const first = await publish(store, app, undefined, { files: allRoles(1), claims: [{ kind: 'root', digest: 'ab' }] });
  await publish(store, app, first, { files: allRoles(2) });
  await publish(store, tool, undefined, { files: allRoles(1) });
  await store.close();
}

/** Changes the database behind the store's back. */
async function tampered(change: (level: Level<string, Uint8Array>) => Promise<void>): Promise<void> {
  const level = new Level<string, Uint8Array>(folder, { valueEncoding: 'view' });
  await change(level);
  await level.close();
}

async function opened<Result>(use: (store: LevelStore) => Promise<Result>): Promise<Result> {
  const store = await openLevelStore(folder);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

describe('the folder', () => {
  it('is made for its owner alone, parents included', async () => {
    await opened(async () => undefined);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(parent, 'data'))).mode & 0o777).toBe(0o700);
  });

  it('is refused to a second store of the same process', async () => {
    await opened(async () => {
      await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'locked', message: expect.stringContaining('/data/store') });
    });
    await opened(async (store) => expect(await store.head(app)).toBeUndefined());
  });

  it('is refused while another process has it, and free again when that process was killed', async () => {
    await filled();
    const other = await holdInAnotherProcess(folder);
    const gone = once(other, 'exit');
    try {
      await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'locked', details: { folder } });
    } finally {
      other.kill('SIGKILL');
      await gone;
    }
    await opened(async (store) => expect((await store.head(app))?.seq).toBe(2));
  });

  it('is refused when it cannot be made, listed or written', async () => {
    await writeFile(join(parent, 'file'), '');
    await expect(openLevelStore(join(parent, 'file'))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(openLevelStore(join(parent, 'file', 'store'))).rejects.toMatchObject({ code: 'unavailable' });
    await filled();
    await asOrdinaryUser(async () => {
      await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'unavailable' });
    });
    await chmod(parent, 0o755);
    await chmod(join(parent, 'data'), 0o755);
    await chmod(folder, 0o555);
    await asOrdinaryUser(async () => {
      await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'unavailable', details: { folder } });
    });
    await chmod(folder, 0o700);
    await opened(async (store) => expect((await store.head(app))?.seq).toBe(2));
  });
});

describe('the layout', () => {
  it('is refused when it is not the one of this program', async () => {
    await filled();
    await tampered((level) => level.put(schemaKey, Buffer.from('2')));
    await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'schema' });
  });

  it('is refused when a database of somebody else stands there', async () => {
    await tampered((level) => level.put('somebody', Buffer.from('else')));
    await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'schema' });
    await tampered(async (level) => expect(await level.keys().all()).toEqual(['somebody']));
  });
});

describe('damage', () => {
  it('never turns a database that lost its beginning into an empty one', async () => {
    await filled();
    await rm(join(folder, 'CURRENT'));
    const before = await readdir(folder);
    await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'damaged' });
    expect(await readdir(folder)).toEqual(before);
  });

  it('is reported when a file of the database is cut short or gone', async () => {
    await filled();
    await opened(async () => undefined);
    const fileOf = async (pattern: RegExp): Promise<string> =>
      join(folder, (await readdir(folder)).find((name) => pattern.test(name)) ?? '');
    await truncate(await fileOf(/\.ldb$/), 100);
    await expect(openLevelStore(folder)).rejects.toMatchObject({ name: 'StoreError' });
    await rm(await fileOf(/\.ldb$/));
    await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'damaged' });
    await truncate(await fileOf(/^MANIFEST-/), 10);
    await expect(openLevelStore(folder)).rejects.toMatchObject({ name: 'StoreError' });
  });

  it('is reported when records are missing at the end or before it', async () => {
    await filled();
    for (const position of [1, 2, 3]) {
      let record: Uint8Array = new Uint8Array();
      await tampered(async (level) => {
        record = await level.get(recordKey(position));
        await level.del(recordKey(position));
      });
      await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'damaged', details: { key: recordKey(position) } });
      await tampered((level) => level.put(recordKey(position), record));
    }
    await tampered((level) => level.del(lastKey));
    await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'damaged' });
  });

  const root = allRoles(2)[0];
  const rootKey = root ? fileKey(appName, 1, root.role, root.digest) : '';
  const reads: readonly (readonly [string, string, (store: LevelStore) => Promise<unknown>])[] = [
    ['a head', headKey(appName), (store) => store.head(app)],
    ['a head, in a commit', headKey(appName), (store) => publish(store, app, undefined, { files: allRoles(1) })],
    ['a file', rootKey, (store) => served(store, app, 'root', 2)],
    ['the digest of an old version', versionKey(appName, 1, role('root'), version(1)), (store) => served(store, app, 'root', 1)],
    ['a claim', 'claim root ab', (store) => store.claimants([{ kind: 'root', digest: 'ab' }])],
    ['a record', recordKey(2), (store) => store.records({ limit: 10 })],
    ['the place of a record', seqKey(appName, 2), (store) => store.records({ repository: app, limit: 10 })],
  ];

  it.each(reads)('of %s is named, whichever byte it hit', async (_, key, read) => {
    await filled();
    let good: Uint8Array = new Uint8Array();
    await tampered(async (level) => {
      good = await level.get(key);
    });
    const cut = good.subarray(0, -1);
    const flipped = [0, Math.floor(good.length / 2), good.length - 1].map((at) =>
      good.map((byte, index) => (index === at ? byte ^ 4 : byte)),
    );
    for (const bad of [...flipped, cut, new Uint8Array()]) {
      await tampered((level) => level.put(key, bad));
      await opened((store) => expect(read(store)).rejects.toMatchObject({ code: 'damaged', details: { key } }));
    }
  });

  it('does not let a lost value read as one that never was', async () => {
    await filled();
    const lost = [headKey(appName), rootKey, seqKey(appName, 2)];
    await tampered((level) => level.batch(lost.map((key) => ({ type: 'del', key }))));
    await opened(async (store) => {
      await expect(store.head(app)).rejects.toMatchObject({ code: 'damaged' });
      await expect(publish(store, app, undefined, { files: allRoles(1) })).rejects.toMatchObject({ code: 'damaged' });
      expect((await store.head(tool))?.seq).toBe(1);
    });
  });

  it('is noticed when a value stands under the key of another', async () => {
    await filled();
    await tampered(async (level) => level.put(headKey(appName), await level.get(headKey('registry.example.com/team/tool tuf'))));
    await opened((store) => expect(store.head(app)).rejects.toMatchObject({ code: 'damaged' }));
  });
});

/** Another process that opened the folder and waits. */
async function holdInAnotherProcess(path: string): Promise<ChildProcess> {
  const program = `import { Level } from 'level'; const level = new Level(process.argv[1]); await level.open(); console.log('open'); process.stdin.resume();`;
  const here = fileURLToPath(new URL('.', import.meta.url));
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], { cwd: here, stdio: ['pipe', 'pipe', 'inherit'] });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => Promise.reject(new Error('the other process ended')))]);
  return child;
}

/** Root may do anything; the tests of permissions must not run as root. */
async function asOrdinaryUser(act: () => Promise<void>): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    await act();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
