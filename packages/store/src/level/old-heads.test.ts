// A database from before roles could be retired, byte by byte as that program wrote it: its heads name no lines. It must be read as
// it was meant, and its roles must be able to retire.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bytesOf, change, digestOf, gun, newFile, role, served, textOf } from '../contract/samples.ts';
import { sealText } from '../sealed.ts';
import type { RepositoryRef } from '../store.ts';
import { headKey } from './keys.ts';
import { openLevelStore } from './open.ts';

const old: RepositoryRef = { gun: gun('old/app'), dialect: 'notary' };

/** Key, checksum in hex where the value begins with one, and the rest of the value. A second life: `releases` was 9 in the first. */
const written: readonly (readonly [string, string, string])[] = [
  [
    'file old/app notary 0000000000000001 releases sha256:1f6fe83f0cdf130a6cb0dc63f9ae50f312c733d52bde98a7dab1a4409338aa56',
    '',
    'releases v9',
  ],
  ['file old/app notary 0000000000000001 root sha256:2263af7b98b4ebe587b455baecbb7bda9ee9f0b1a4231534eb244fae9f16b302', '', 'root v1'],
  [
    'file old/app notary 0000000000000002 releases sha256:6220c318d3451b8a25761284d837d99003d095520e4bc7b7b5793e325435bdf4',
    '',
    'releases v2',
  ],
  [
    'file old/app notary 0000000000000002 releases sha256:9afce73272e9deee51f5a93f8bd7e59cac9e9acb095d0f510518491f5f9fccc1',
    '',
    'releases v1',
  ],
  ['file old/app notary 0000000000000002 root sha256:2263af7b98b4ebe587b455baecbb7bda9ee9f0b1a4231534eb244fae9f16b302', '', 'root v1'],
  [
    'head old/app notary',
    'f99096e4ebc485238cfbf04440a598aa412fd241fd0de0af56ff1fa4fbc38660',
    '{"revision":3,"seq":0,"recordHash":"","deleted":false,"life":2,"files":[["root",1,"sha256:2263af7b98b4ebe587b455baecbb7bda9ee9f0b1a4231534eb244fae9f16b302",7],["releases",2,"sha256:6220c318d3451b8a25761284d837d99003d095520e4bc7b7b5793e325435bdf4",11]],"generations":[["snapshot",2]],"pending":[]}',
  ],
  ['schema', '', '1'],
  [
    'version old/app notary 0000000000000001 releases 0000000000000009',
    'a2d201915d0851b86cb11688930009344c14854dc487360366572239e3ba8223',
    'sha256:1f6fe83f0cdf130a6cb0dc63f9ae50f312c733d52bde98a7dab1a4409338aa56',
  ],
  [
    'version old/app notary 0000000000000001 root 0000000000000001',
    '149e2da4bf9a789902bf483b076b8efe71c72a07c17cf5ba686015373b9a0a4e',
    'sha256:2263af7b98b4ebe587b455baecbb7bda9ee9f0b1a4231534eb244fae9f16b302',
  ],
  [
    'version old/app notary 0000000000000002 releases 0000000000000001',
    '8c685e0d4472a38c3b7dcee516a1570f86dadb2b084b47039a0d790d7ce27b5d',
    'sha256:9afce73272e9deee51f5a93f8bd7e59cac9e9acb095d0f510518491f5f9fccc1',
  ],
  [
    'version old/app notary 0000000000000002 releases 0000000000000002',
    '11a751f829878d3c0395f74539027dde1b9ccb5d5b99852cee41078df716b235',
    'sha256:6220c318d3451b8a25761284d837d99003d095520e4bc7b7b5793e325435bdf4',
  ],
  [
    'version old/app notary 0000000000000002 root 0000000000000001',
    '251d19c6cc063d02925f044e7a0d8bad820052ef414fb21082f1253f81be10b4',
    'sha256:2263af7b98b4ebe587b455baecbb7bda9ee9f0b1a4231534eb244fae9f16b302',
  ],
];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-old-'));
  await write(written.map(([key, seal, text]) => [key, Buffer.concat([Buffer.from(seal, 'hex'), Buffer.from(text)])]));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(values: readonly (readonly [string, Uint8Array])[]): Promise<void> {
  const level = new Level<string, Uint8Array>(folder, { valueEncoding: 'view' });
  await level.batch(values.map(([key, value]) => ({ type: 'put', key, value })));
  await level.close();
}

it('serves what stands in it, and nothing of an earlier life', async () => {
  const store = await openLevelStore(folder);
  const head = await store.head(old);
  expect([...(head?.files.values() ?? [])].map((file) => [file.role, file.version])).toEqual([
    ['root', 1],
    ['releases', 2],
  ]);
  for (const number of [1, 2]) expect(await served(store, old, 'releases', number)).toBe(`releases v${number}`);
  expect(await served(store, old, 'root', 1)).toBe('root v1');
  expect(await served(store, old, 'releases', 9)).toBeUndefined();
  await store.close();
});

it('lets its roles go on, retire and come back', async () => {
  let store = await openLevelStore(folder);
  const first = await store.head(old);
  if (!first) throw new Error('no head');
  const third = await store.commit(old, first.revision, change({ files: [newFile('releases', 3), newFile('fresh', 1)] }));
  for (const number of [1, 2, 3]) expect(await served(store, old, 'releases', number)).toBe(`releases v${number}`);
  const gone = await store.commit(old, third.revision, change({ retired: [role('releases')] }));
  const back = await store.commit(old, gone.revision, change({ files: [newFile('releases', 2, 'second line')] }));
  await store.close();
  store = await openLevelStore(folder);
  expect(await store.head(old)).toEqual(back);
  expect(await served(store, old, 'releases', 2)).toBe('second line');
  for (const number of [1, 3]) expect(await served(store, old, 'releases', number)).toBeUndefined();
  const digest = digestOf(bytesOf('releases v2'));
  expect(textOf(await store.file(old, { role: role('releases'), digest }))).toBe('releases v2');
  expect(await served(store, old, 'fresh', 1)).toBe('fresh v1');
  expect(await served(store, old, 'root', 1)).toBe('root v1');
  const deleted = await store.commit(old, back.revision, change({ deleted: true }));
  const reborn = { files: [newFile('releases', 1, 'third life')], deleted: false, reset: true } as const;
  await store.commit(old, deleted.revision, change(reborn));
  expect(await served(store, old, 'releases', 1)).toBe('third life');
  expect(await served(store, old, 'releases', 2)).toBeUndefined();
  await store.close();
});

it('is damaged, not old, when a line stands there that is none', async () => {
  const key = headKey('old/app notary');
  const text = written.find(([name]) => name === key)?.[2] ?? '';
  for (const wrong of [text.replace('"life":2', '"life":2,"line":0'), text.replace(',7]', ',7,"1"]'), text.replace(',7]', ',7,null]')]) {
    expect(wrong).not.toBe(text);
    await write([[key, sealText(key, wrong)]]);
    const store = await openLevelStore(folder);
    await expect(store.head(old)).rejects.toMatchObject({ code: 'damaged' });
    await store.close();
  }
});
