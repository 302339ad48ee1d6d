// What is remembered of a repository of Notary, on a disk that processes share.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, jsonObject, notary, parseNotaryRoleName, parseVersion, TARGETS } from '@countersign/core';
import { freshBareSigner, type MetadataServer, NotaryRepository, startMetadataServer } from '@countersign/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeMachines, failure, type Machine, machine, random } from '../test/machine.ts';
import { openFloors } from './floor.ts';
import { forgetRepository, rememberedNames } from './index.ts';

const RELEASES = notary.releases;
const entry = jsonObject({ hashes: jsonObject({ sha256: Buffer.alloc(32, 1).toString('base64') }), length: 7 });
const ROLE_FILE = /^role\.[0-9a-f]{64}\.[0-9]+\.[0-9a-f]{32}\.json$/;

let repository: NotaryRepository;
let server: MetadataServer;
let here: Machine;
beforeEach(async () => {
  repository = await NotaryRepository.create();
  await repository.post(await repository.first());
  const signer = freshBareSigner();
  repository.signers.set(RELEASES, [signer]);
  const held = { keyids: [signer.key.keyid], threshold: 1, name: RELEASES, terminating: false };
  const roles = [notary.delegatedRole({ ...held, scope: { by: 'paths', patterns: [''] } })];
  const keys = jsonObject({ [signer.key.keyid]: signer.key.object });
  await repository.post(new Map([[TARGETS, await repository.targets(TARGETS, { delegations: jsonObject({ keys, roles }) })]]));
  await repository.post(new Map([[RELEASES, await repository.targets(RELEASES, { targets: jsonObject({ v1: entry }) })]]));
  server = await startMetadataServer(new Map([[repository.gun, repository]]));
  here = await machine(server.url, repository.now);
  here.believes = repository.anchor();
});
afterEach(async () => {
  await server.close();
  await closeMachines();
});

const client = () => here.client({ dialect: notary });
const refresh = () => client().refresh(repository.gun);
const search = async () => (await refresh()).find('v1');
const home = async (): Promise<string> => {
  const [folder = ''] = (await readdir(here.folders.state)).filter((name) => name !== 'clock');
  return join(here.folders.state, folder);
};
const roleFiles = async (): Promise<readonly string[]> => (await readdir(await home())).filter((name) => ROLE_FILE.test(name));
const floors = () => openFloors({ folder: here.folders.state, dialect: notary, crypto: here.options().crypto, random });

describe('what was seen of roles', () => {
  it('lies beside the floor, a file each, and is written when there is news', async () => {
    await search();
    const files = await roleFiles();
    expect(files).toHaveLength(2);
    await search();
    expect(await roleFiles()).toEqual(files);
    await repository.post(new Map([[RELEASES, await repository.targets(RELEASES, { targets: jsonObject({ v1: entry, v2: entry }) })]]));
    await search();
    const now = await roleFiles();
    expect(now).toHaveLength(2);
    expect(now.filter((name) => files.includes(name))).toHaveLength(1);
  });

  it('is not lost to another process that saw less, whoever writes last', async () => {
    // Three that began together, and two of them end without having looked into releases.
    const [one, two, three] = [client(), client(), client()];
    const [, second] = await Promise.all([one.refresh(repository.gun), two.refresh(repository.gun)]);
    await second.find('v1');
    await three.refresh(repository.gun);
    expect(await roleFiles()).toHaveLength(2);
    const floor = floors().open(repository.gun, undefined)?.verify(repository.env()).floor;
    expect([...(floor?.roles.keys() ?? [])].sort()).toEqual([TARGETS, RELEASES]);
  });

  it('is remembered of what came out of the cache too', async () => {
    await search();
    for (const name of await roleFiles()) await rm(join(await home(), name));
    await search();
    expect(await roleFiles()).toHaveLength(2);
  });

  it('never gives way to an older version', async () => {
    await refresh();
    const seen = (version: number) => ({
      version: parseVersion(version, 'version'),
      digest: digestOf(here.options().crypto, new Uint8Array([version])),
    });
    const role = parseNotaryRoleName('targets/alice');
    const store = floors();
    for (const version of [2, 3, 1, 2]) await store.writeRole(repository.gun, [role, seen(version)]);
    const floor = store.open(repository.gun, undefined)?.verify(repository.env()).floor;
    expect(floor?.roles.get(role)).toEqual(seen(3));
    expect(await roleFiles()).toHaveLength(2);
  });

  it('is refused with its path when any byte of it was changed', async () => {
    await search();
    const [name = ''] = await roleFiles();
    const path = join(await home(), name);
    const whole = await readFile(path);
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x01;
      await writeFile(path, damaged);
      expect(await failure(refresh()), `byte ${at}`).toMatchObject({ code: 'damaged-state', details: { path } });
    }
    await writeFile(path, whole);
    expect(await refresh()).toBeDefined();
  });

  it('is refused under the name of another role or version', async () => {
    await search();
    const [name = '', other = ''] = await roleFiles();
    const folder = await home();
    await writeFile(join(folder, name), await readFile(join(folder, other)));
    expect(await failure(refresh())).toMatchObject({ code: 'damaged-state', details: { path: join(folder, name) } });
  });

  it('is no beginning: without the floor above it, somebody took that away', async () => {
    await search();
    for (const name of await readdir(await home())) if (!ROLE_FILE.test(name)) await rm(join(await home(), name));
    expect(await failure(refresh())).toMatchObject({ code: 'damaged-state' });
  });

  it('goes with the rest of the memory, and only of this dialect', async () => {
    await search();
    const where = { folders: here.folders, crypto: here.options().crypto };
    expect(rememberedNames(here.folders.state, where.crypto).repositories).toEqual([{ gun: repository.gun, dialect: 'notary' }]);
    expect(await forgetRepository(repository.gun, where)).toBe(false);
    expect(await forgetRepository(repository.gun, { ...where, dialect: 'notary' })).toBe(true);
    expect(rememberedNames(here.folders.state, where.crypto).repositories).toEqual([]);
  });
});

describe('what was fetched', () => {
  it('is found again by its hash, where no version is stated', async () => {
    await search();
    server.requests.length = 0;
    await search();
    expect(server.requests.map(({ path }) => path).sort()).toEqual(['2.root.json', 'timestamp.json']);
  });

  it('is verified once by a client that lives on', async () => {
    const one = client();
    const search = async () => (await one.refresh(repository.gun)).find('v1');
    await search();
    await search();
    server.requests.length = 0;
    expect(await search()).toBeDefined();
    expect(server.requests.map(({ path }) => path).sort()).toEqual(['2.root.json', 'timestamp.json']);
  });
});
