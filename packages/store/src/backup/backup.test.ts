import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allRoles, app, bytesOf, change, digestOf, newFile, noon, publish, role, tool } from '../contract/samples.ts';
import { memoryStore } from '../memory.ts';
import type { MetadataStore } from '../store.ts';
import { type BackupPart, type BackupSummary, readBackup, writeBackup } from './parts.ts';
import { packTar, unpackTar } from './tar.ts';

async function filled(): Promise<MetadataStore> {
  const store = memoryStore();
  const head = await publish(store, app, undefined, {
    files: [...allRoles(1), newFile('targets/a b', 1)],
    claims: [{ kind: 'root', digest: 'ab' }],
  });
  await store.commit(
    app,
    head.revision,
    change({ pending: [{ role: role('targets'), signed: digestOf(bytesOf('d')), bytes: bytesOf('\u{1f511}') }] }),
  );
  await publish(store, tool, undefined, {
    files: [newFile('root', 1, new Uint8Array(3_300_000).fill(7))],
  });
  return store;
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function* given<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

const partsOf = async (store: MetadataStore): Promise<BackupPart[]> => all(writeBackup(store.dump(), noon));
/** Comparing megabytes byte by byte takes vitest a minute. */
const sumsOf = async (store: MetadataStore): Promise<readonly string[]> =>
  (await partsOf(store)).map(({ name, bytes }) => `${name} ${digestOf(bytes)}`);
const restored = async (parts: readonly BackupPart[]): Promise<MetadataStore> => {
  const store = memoryStore();
  await store.load(readBackup(given(parts)));
  return store;
};

describe('a backup', () => {
  it('comes back as it was, through an archive in pieces of any size', async () => {
    const store = await filled();
    const archive = Buffer.concat(await all(packTar(writeBackup(store.dump(), noon))));
    for (const size of [511, 65_536, archive.length]) {
      const pieces = Array.from({ length: Math.ceil(archive.length / size) }, (_, at) => archive.subarray(at * size, (at + 1) * size));
      let summary: BackupSummary | undefined;
      const other = memoryStore();
      await other.load(
        readBackup(unpackTar(given(pieces)), (told) => {
          summary = told;
        }),
      );
      expect(await sumsOf(other)).toEqual(await sumsOf(store));
      expect(summary).toMatchObject({ made: '2025-01-31T12:00:00Z', repositories: 2, files: 6, records: 2, parts: 2 });
    }
  });

  it('is the same twice', async () => {
    const store = await filled();
    expect(await sumsOf(store)).toEqual(await sumsOf(store));
  });

  it('is an archive that tar unpacks, and parts whose names are what sha256sum says', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-backup-'));
    try {
      await writeFile(join(folder, 'backup.tar'), Buffer.concat(await all(packTar(writeBackup((await filled()).dump(), noon)))));
      expect(spawnSync('tar', ['xf', 'backup.tar'], { cwd: folder })).toMatchObject({ status: 0 });
      const names = (await readdir(folder)).filter((name) => name.startsWith('part-')).sort();
      expect(names).toHaveLength(2);
      for (const name of names) expect(name).toContain(digestOf(await readFile(join(folder, name))).slice(7));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each<readonly [string, (parts: BackupPart[]) => readonly BackupPart[]]>([
    ['without its beginning', ([_, ...rest]) => rest],
    ['without its end', (parts) => parts.slice(0, -1)],
    ['without a part', (parts) => parts.filter((_, at) => at !== 1)],
    ['with two parts exchanged', ([first, one, two, ...rest]) => [first, two, one, ...rest].flatMap((part) => part ?? [])],
    ['with a part twice', (parts) => parts.flatMap((part, at) => (at === 1 ? [part, part] : [part]))],
    ['with something after its end', (parts) => [...parts, ...parts.slice(-1)]],
    [
      'with a stranger in it',
      (parts) => parts.flatMap((part, at) => (at === 1 ? [{ name: 'master.key', bytes: bytesOf('x') }, part] : [part])),
    ],
    ['with another end', (parts) => parts.map((part) => (part.name === 'end.json' ? { ...part, bytes: bytesOf('{}\n') } : part))],
    [
      'with one bit of a part changed',
      (parts) => parts.map((part, at) => (at === 1 ? { ...part, bytes: flipped(part.bytes, 4000) } : part)),
    ],
  ])('is refused %s', async (_, harm) => {
    const parts = await partsOf(await filled());
    await expect(restored(harm(parts))).rejects.toMatchObject({ code: 'damaged' });
  });

  it('is refused when it has another format', async () => {
    const [first, ...rest] = await partsOf(await filled());
    const other = { name: first?.name ?? '', bytes: bytesOf('{"schema":"countersign-backup/2"}\n') };
    await expect(restored([other, ...rest])).rejects.toMatchObject({ code: 'schema' });
  });

  it('is refused with any byte of its archive changed, cut anywhere, or with something behind it', async () => {
    const store = memoryStore();
    await publish(store, app, undefined, { files: allRoles(1) });
    const archive = Buffer.concat(await all(packTar(writeBackup(store.dump(), noon))));
    const load = (bytes: Uint8Array): Promise<void> => memoryStore().load(readBackup(unpackTar(given([bytes]))));
    await load(archive);
    const accepted: number[] = [];
    for (let at = 0; at < archive.length; at += 13) {
      await load(flipped(archive, at)).then(
        () => accepted.push(at),
        () => undefined,
      );
    }
    // The padding behind a file is read by nobody.
    for (const at of accepted) expect(archive[at]).toBe(0);
    for (const at of [0, 100, 512, 3000, archive.length - 600, archive.length - 1]) {
      await expect(load(archive.subarray(0, at))).rejects.toMatchObject({ code: 'damaged' });
    }
    await expect(load(Buffer.concat([archive, bytesOf('more')]))).rejects.toMatchObject({ code: 'damaged' });
  });
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const other = new Uint8Array(bytes);
  other[at] = (other[at] ?? 0) ^ 1;
  return other;
}
