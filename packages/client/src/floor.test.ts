import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeHex, encodeUtf8, imageEntry, parseDigest, parseGun, portable } from '@countersign/core';
import { type MetadataServer, type Simulator, simulate, startMetadataServer } from '@countersign/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeMachines, failure, type Machine, machine } from '../test/machine.ts';
import { forgetRepository } from './index.ts';

const entry = imageEntry({
  digest: parseDigest(`sha256:${'a1'.repeat(32)}`),
  length: 1234,
  mediaType: 'application/vnd.oci.image.index.v1+json',
});
const asRoot = process.geteuid?.() === 0;

let repository: Simulator;
let server: MetadataServer;
let here: Machine;
beforeEach(async () => {
  repository = await simulate();
  await repository.publish({ v1: entry });
  server = await startMetadataServer(new Map([[repository.gun, repository]]));
  here = await machine(server.url, repository.now);
  here.believes = repository.anchor();
});
afterEach(async () => {
  await server.close();
  await closeMachines();
});

const run = () => here.client().refresh(repository.gun);
const floorFolder = async (): Promise<string> => {
  const [folder = ''] = (await readdir(here.folders.state)).filter((name) => name !== 'clock');
  return join(here.folders.state, folder);
};
const floorFile = async (): Promise<string> => {
  const folder = await floorFolder();
  return join(folder, (await readdir(folder))[0] ?? '');
};

describe('a floor', () => {
  it('lies in a folder of its owner alone, named by the hash of the repository', async () => {
    await run();
    expect((await stat(here.folders.state)).mode & 0o777).toBe(0o700);
    expect((await stat(await floorFolder())).mode & 0o777).toBe(0o700);
    expect((await stat(await floorFile())).mode & 0o777).toBe(0o600);
    const name = encodeHex(portable().digest('sha256', encodeUtf8(repository.gun)));
    expect(await floorFile()).toBe(join(here.folders.state, name, '1.2.2.json'));
    expect(await readdir(await floorFolder())).toEqual(['1.2.2.json']);
  });

  it('is refused with its path when any byte of it was changed', async () => {
    await run();
    const path = await floorFile();
    const whole = await readFile(path);
    const text = whole.toString();
    // Around the edges of every member, through the middle of every value, and at both ends.
    const places = new Set([0, 1, whole.length - 2, whole.length - 1]);
    for (const match of text.matchAll(/"[a-z]+":/g))
      for (const step of [0, 1, match[0].length, match[0].length + 1, match[0].length + 9]) places.add(match.index + step);
    for (let at = 3; at < whole.length; at += 499) places.add(at);
    for (const at of places) {
      for (const flip of [0x01, 0x20, 0x80]) {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        await writeFile(path, damaged);
        const error = await failure(run());
        expect(error, `byte ${at}`).toMatchObject({ name: 'StateError', code: 'damaged-state', details: { path } });
        expect(String(error)).toContain(path);
      }
    }
    await writeFile(path, whole);
    expect(await run()).toBeDefined();
  });

  it.each<[string, (text: string) => string]>([
    ['empty', () => ''],
    ['truncated', (text) => text.slice(0, text.length >> 1)],
    ['longer', (text) => `${text}\n`],
    ['of a schema of the future', (text) => text.replace('"schema":1', '"schema":2')],
    ['without a checksum', (text) => text.replace(/"checksum":"[0-9a-f]+",/, '')],
    ['an array', () => '[]'],
  ])('that is %s is never an empty one', async (_, damage) => {
    await run();
    const path = await floorFile();
    await writeFile(path, damage(await readFile(path, 'utf8')));
    await expect(run()).rejects.toMatchObject({ code: 'damaged-state', details: { path } });
  });

  it('of another repository, or under another name, is damage', async () => {
    await run();
    const twin = await simulate({ gun: 'registry.example.com/team/twin' });
    const elsewhere = await startMetadataServer(new Map([[twin.gun, twin]]));
    const away = await machine(elsewhere.url, twin.now);
    away.believes = twin.anchor();
    await away.client().refresh(twin.gun);
    await elsewhere.close();
    const path = await floorFile();
    const [folder = ''] = (await readdir(away.folders.state)).filter((name) => name !== 'clock');
    const [name = ''] = await readdir(join(away.folders.state, folder));
    const own = await readFile(path);
    await writeFile(path, await readFile(join(away.folders.state, folder, name)));
    await expect(run()).rejects.toMatchObject({ code: 'damaged-state' });
    await writeFile(path, own);
    await rename(path, path.replace('1.2.2', '1.3.2'));
    await expect(run()).rejects.toMatchObject({ code: 'damaged-state' });
  });

  it('that is damaged is not replaced by an older one beside it', async () => {
    await run();
    const path = await floorFile();
    await writeFile(path.replace('1.2.2', '1.3.2'), 'damaged');
    await expect(run()).rejects.toMatchObject({ code: 'damaged-state', details: { path: path.replace('1.2.2', '1.3.2') } });
  });

  it('gives way to a newer one that another process wrote, and clears older ones and nothing else', async () => {
    await run();
    const folder = await floorFolder();
    await writeFile(join(folder, '1.1.1.json'), 'an older one that a crash left');
    await writeFile(join(folder, 'notes.txt'), 'not ours');
    await repository.publish({ v2: entry });
    await run();
    expect((await readdir(folder)).sort()).toEqual(['1.3.3.json', 'notes.txt']);
  });
});

it('clears temporary files that a crash left long ago, and none that somebody may be writing', async () => {
  await run();
  const folder = await floorFolder();
  for (const name of ['.new-old', '.new-young']) await writeFile(join(folder, name), 'half');
  const yesterday = new Date(Date.now() - 86_400_000);
  await utimes(join(folder, '.new-old'), yesterday, yesterday);
  await repository.publish({ v2: entry });
  await run();
  expect((await readdir(folder)).sort()).toEqual(['.new-young', '1.3.3.json']);
});

describe('the state folder', () => {
  it.skipIf(process.platform === 'win32')('is refused when others may write to it', async () => {
    await mkdir(here.folders.state, { recursive: true });
    for (const mode of [0o770, 0o702, 0o777]) {
      await chmod(here.folders.state, mode);
      await expect(run()).rejects.toMatchObject({ name: 'StateError', code: 'unsafe-state', details: { path: here.folders.state } });
    }
    await chmod(here.folders.state, 0o755);
    expect(await run()).toBeDefined();
  });

  it.skipIf(!asRoot)('is refused when it belongs to somebody else, also behind a link', async () => {
    const elsewhere = `${here.folders.state}-elsewhere`;
    await mkdir(elsewhere, { recursive: true, mode: 0o700 });
    await symlink(elsewhere, here.folders.state);
    expect(await run()).toBeDefined();
    await chown(elsewhere, 12345, 12345);
    await expect(run()).rejects.toMatchObject({ code: 'unsafe-state' });
  });

  it('that cannot be written to verifies nothing', async () => {
    await mkdir(join(here.folders.state, '..'), { recursive: true });
    await writeFile(here.folders.state, 'a file');
    const error = await failure(run());
    expect(error).toMatchObject({ name: 'StateError', code: 'unwritable-state', details: { path: here.folders.state } });
    expect(server.requests).toEqual([]);
  });

  it('that holds a file where a repository belongs verifies nothing', async () => {
    await mkdir(here.folders.state, { recursive: true, mode: 0o700 });
    await writeFile(join(here.folders.state, encodeHex(portable().digest('sha256', encodeUtf8(repository.gun)))), 'a file');
    await expect(run()).rejects.toMatchObject({ name: 'StateError' });
  });

  it('holds the latest time as the name of a file, and nothing else beside it', async () => {
    await run();
    const home = join(here.folders.state, 'clock');
    for (const damaged of ['clock.json', '20261301T000000Z', '2026-11-21T12:00:00Z', '20261121T120000']) {
      const path = join(home, damaged);
      await writeFile(path, '');
      await expect(run()).rejects.toMatchObject({ name: 'StateError', code: 'damaged-state', details: { path } });
      await rm(path);
    }
    expect(await run()).toBeDefined();
  });
});

describe('forgetting', () => {
  it('is done on purpose, for one name, and says whether there was anything', async () => {
    await run();
    const where = { folders: here.folders, crypto: portable() };
    expect(await forgetRepository(parseGun('registry.example.com/other'), where)).toBe(false);
    expect(await forgetRepository(repository.gun, where)).toBe(true);
    expect(await readdir(here.folders.state)).toEqual(['clock']);
    expect(await readdir(here.folders.cache)).toEqual([]);
    await rm(here.folders.state, { recursive: true });
    expect(await forgetRepository(repository.gun, where)).toBe(false);
  });
});
