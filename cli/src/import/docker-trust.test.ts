// `import docker-trust`: the keys of a folder that a real `notary` made, and what a client remembers of a repository.
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { notary, parseNotaryRoleName, pinOf, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { type OldRepository, oldRepository } from '@countersign/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../testing/machine.ts';
import { type Town, town } from '../testing/town.ts';

const VECTORS = fileURLToPath(new URL('../../../test/vectors/notary-keys/notary', import.meta.url));
const GUN = 'registry.example.com/team/app';
const PASSPHRASES = {
  NOTARY_ROOT_PASSPHRASE: 'worthless-root',
  NOTARY_TARGETS_PASSPHRASE: 'worthless-targets',
  NOTARY_SNAPSHOT_PASSPHRASE: 'worthless-snapshot',
  NOTARY_DELEGATION_PASSPHRASE: 'worthless-delegation',
};

let app: OldRepository;
beforeAll(async () => {
  app = await oldRepository({ gun: GUN, now: Date.now() });
  await app.publish({ entry: 'v1', delegate: 'targets/releases' });
  await app.publish({ rotate: 'root', releases: [['targets/releases', 'one']] });
});

let place: Town;
let me: Machine;
let folder: string;
beforeEach(async () => {
  place = await town();
  me = place.publisher;
  me.env = { ...me.env, ...PASSPHRASES, COUNTERSIGN_PASSPHRASE: undefined, COUNTERSIGN_SERVER: place.server.url };
  folder = join(me.folder, 'docker-trust');
  // One key, the root's: opening them is slow on purpose.
  takeKeys((name) => name.startsWith('766f97ac'));
  keep(app);
});
afterEach(() => place.close());

/** Copies of keys that a real program made, with the modes that they had. */
function takeKeys(wanted: (name: string) => boolean): void {
  mkdirSync(join(folder, 'private'), { recursive: true });
  for (const name of readdirSync(join(VECTORS, 'private')).filter(wanted)) {
    cpSync(join(VECTORS, 'private', name), join(folder, 'private', name));
    chmodSync(join(folder, 'private', name), 0o600);
  }
}

/** As a client of Notary keeps what it has seen. */
function keep(repository: OldRepository, name = repository.gun): void {
  for (const role of ['root', 'timestamp', 'snapshot', 'targets', 'targets/releases']) {
    const path = join(folder, 'tuf', name, 'metadata', `${role}.json`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, repository.newest(role));
  }
}
const run = (...words: string[]) => me.run('import', 'docker-trust', folder, '--output', 'json', ...words);
const outcomes = (json: Record<string, unknown>, what: string) => (json[what] as { outcome: string }[]).map(({ outcome }) => outcome);

describe('import docker-trust', () => {
  it('takes each key under its own id and passphrase, and what was believed as pin and memory', async () => {
    takeKeys(() => true);
    const done = await run();
    // Two of the keys are of kinds that nobody should sign with.
    expect([done.exit, outcomes(done.json, 'keys').sort()]).toEqual([1, ['failed', 'failed', ...Array(5).fill('imported')]]);
    const root = notary.parse('root', parseNotaryRoleName('root'), app.newest('root'), {
      limits: STANDARD_LIMITS,
      crypto: nativeCryptography(),
    });
    expect(done.json['repositories']).toMatchObject([
      { outcome: 'imported', gun: GUN, pin: `${pinOf(root, nativeCryptography()).digest}@2` },
    ]);
    expect(done.json['repositories']).toMatchObject([
      { versions: { root: 2, timestamp: 2, snapshot: 3, targets: 2, 'targets/releases': 1 } },
    ]);
    const listed = (await me.run('key', 'list', '--output', 'json')).json['keys'] as { path: string }[];
    expect(listed).toHaveLength(5);
    for (const { path } of listed) expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = await run();
    expect(outcomes(again.json, 'keys').filter((one) => one === 'already')).toHaveLength(5);
    expect(outcomes(again.json, 'repositories')).toEqual(['already']);
  });

  it('remembers against rollbacks from the first day', async () => {
    const moving = await oldRepository({ gun: 'registry.example.com/team/moving', now: Date.now() });
    await moving.publish({ entry: 'v1', delegate: 'targets/releases' });
    await moving.publish({ releases: [['targets/releases', 'one']] });
    const older = new Map(moving.files);
    await moving.publish({ entry: 'v2' });
    keep(moving);
    await run();
    // The server shows the state before the last publish: well signed, and older than what this machine saw.
    const form = new FormData();
    for (const [name, bytes] of older) form.append('files', new Blob([Buffer.from(bytes)]), name);
    const address = `${place.server.url}/_countersign/v1/repositories/${moving.gun}/import?unsafe-trust-first-root=true`;
    expect((await fetch(address, { method: 'POST', body: form })).status).toBe(200);
    expect((await me.run('list', moving.gun, '--dialect', 'notary')).exit).toBe(14);
    const stranger = await place.consumer();
    expect((await stranger.run('list', moving.gun, '--dialect', 'notary', '--unsafe-first-use')).exit).toBe(0);
  });

  it('gives keys another passphrase where one is named', async () => {
    const file = join(me.folder, 'new');
    writeFileSync(file, 'another one\n', { mode: 0o600 });
    expect((await run('--new-passphrase-file', file)).exit).toBe(0);
    const [first] = (await me.run('key', 'list', '--output', 'json')).json['keys'] as { path: string }[];
    const { openKeyFile } = await import('@countersign/signers');
    await expect(openKeyFile(first?.path ?? '', PASSPHRASES.NOTARY_ROOT_PASSPHRASE)).rejects.toMatchObject({ code: 'wrong-passphrase' });
    expect((await openKeyFile(first?.path ?? '', 'another one')).key.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it('changes nothing in the folder, and follows no link out of it', async () => {
    const secret = join(me.folder, 'outside');
    writeFileSync(secret, 'outside');
    symlinkSync(secret, join(folder, 'private', `${'ab'.repeat(32)}.key`));
    symlinkSync(me.folder, join(folder, 'tuf', 'linked'));
    rmSync(join(folder, 'tuf', GUN, 'metadata', 'snapshot.json'));
    symlinkSync(secret, join(folder, 'tuf', GUN, 'metadata', 'snapshot.json'));
    const before = readFileSync(join(folder, 'tuf', GUN, 'metadata', 'root.json'));
    const done = await run();
    expect(done.exit).toBe(1);
    expect(done.stderr).toContain('links are not followed');
    expect(readFileSync(join(folder, 'tuf', GUN, 'metadata', 'root.json')).equals(before)).toBe(true);
  });

  it('believes no metadata for lying there: the root of another name is told, and pinned for nobody', async () => {
    rmSync(join(folder, 'tuf'), { recursive: true });
    keep(app, 'registry.example.com/team/other');
    const done = await run();
    expect(done.json['repositories']).toMatchObject([{ outcome: 'failed', code: 'wrong-repository' }]);
    expect((await me.run('trust', 'show', '--output', 'json')).stdout).not.toContain('team/other');
  });

  it('keeps a pin that a person set', async () => {
    const first = notary.parse('root', parseNotaryRoleName('root'), app.files.get('1.root.json') ?? new Uint8Array(), {
      limits: STANDARD_LIMITS,
      crypto: nativeCryptography(),
    });
    const pin = `${pinOf(first, nativeCryptography()).digest}@1`;
    expect((await me.run('trust', 'pin', GUN, pin, '--dialect', 'notary')).exit).toBe(0);
    expect((await run()).json['repositories']).toMatchObject([{ gun: GUN, pin }]);
  });

  it('says which variable is missing, and what a folder should hold', async () => {
    me.env = { ...me.env, NOTARY_ROOT_PASSPHRASE: undefined };
    expect((await run()).exit).toBe(2);
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    const refused = await run();
    expect([refused.exit, refused.stdout]).toEqual([2, expect.stringContaining('~/.docker/trust')]);
  });
});
