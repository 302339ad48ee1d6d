// `notary key`: private keys are made, moved between machines, given up and locked anew, and the server notices none of it.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sha256 } from './hashes.ts';
import { keyOf, keysOf } from './metadata.ts';
import { PASSPHRASE } from './notary-program.ts';
import { ask } from './run.ts';
import { atEachServer, type Stage } from './servers.ts';

const ONE = ['3', '--sha256', sha256('one'), '-p'];

async function begun(stage: Stage, name: string) {
  const owner = stage.person(name);
  const gun = `registry.example.com/${name}/app`;
  await owner.notary(['init', gun, '-p']);
  return { owner, gun, reader: stage.person(`${name}-reader`) };
}

atEachServer('the keys of a publisher', { tools: ['notary', 'script'] }, (stage) => {
  it.concurrent('generate: a root key made beforehand begins every collection of its owner', async () => {
    const owner = stage.person('generate');
    const id = (await owner.notary(['key', 'generate'])).match(/keyID: ([0-9a-f]{64})/)?.[1] ?? 'none';
    for (const gun of ['registry.example.com/generate/one', 'registry.example.com/generate/two']) {
      expect(await owner.notary(['init', gun, '-p'])).toContain(`Root key found, using: ${id}`);
      await stage.person('generate-reader').notary(['list', gun]);
    }
  });

  it.concurrent('list: names the keys by role and collection, and no key that the server holds', async () => {
    const { owner } = await begun(stage, 'list');
    const said = await owner.notary(['key', 'list']);
    for (const role of ['root', 'targets', 'snapshot']) expect(said).toContain(await keyOf(owner, role));
    // The program shortens long names from the front.
    expect(said.match(/list\/app/g)).toHaveLength(2);
    expect(said).not.toContain('timestamp');
  });

  it.concurrent('export and import: another machine goes on where the first one stopped', async () => {
    const { owner, gun, reader } = await begun(stage, 'export');
    await owner.notary(['addhash', gun, 'v1', ...ONE]);
    const everything = join(stage.folder, 'export.pem');
    await owner.notary(['key', 'export', '-o', everything]);
    const other = stage.person('export-other');
    await other.notary(['key', 'import', everything]);
    expect(await keysOf(other)).toEqual(await keysOf(owner));
    await other.notary(['addhash', gun, 'v2', ...ONE]);
    expect((await reader.notary(['list', gun])).match(/^v\d/gm)).toEqual(['v1', 'v2']);
  });

  it.concurrent('export --key and --gun: only what was named', async () => {
    const { owner, gun } = await begun(stage, 'export-some');
    const [byKey, byGun] = [join(stage.folder, 'by-key.pem'), join(stage.folder, 'by-gun.pem')];
    await owner.notary(['key', 'export', '--key', await keyOf(owner, 'root'), '-o', byKey]);
    await owner.notary(['key', 'export', '--gun', gun, '-o', byGun]);
    const [rootOnly, without] = [stage.person('export-root'), stage.person('export-gun')];
    await rootOnly.notary(['key', 'import', byKey]);
    await without.notary(['key', 'import', byGun]);
    expect([...(await keysOf(rootOnly)).keys()]).toEqual(['root']);
    expect([...(await keysOf(without)).keys()].sort()).toEqual(['snapshot', 'targets']);
  });

  it.concurrent('remove: asks first; without the key nothing can be signed, and with it again everything', async () => {
    const { owner, gun, reader } = await begun(stage, 'lost');
    const targets = await keyOf(owner, 'targets');
    const kept = join(stage.folder, 'lost.pem');
    await owner.notary(['key', 'export', '--key', targets, '-o', kept]);
    expect(await owner.notary(['key', 'remove', targets], { input: 'no\n' })).toContain('Aborting');
    await owner.notary(['key', 'remove', targets], { input: 'yes\n' });
    await owner.refused(['addhash', gun, 'v1', ...ONE], 'could not find necessary signing keys');
    await reader.refused(['lookup', gun, 'v1'], 'No valid trust data for v1');
    await owner.notary(['key', 'import', kept]);
    await owner.notary(['publish', gun]);
    await reader.notary(['lookup', gun, 'v1']);
    await rm(kept);
  });

  it.concurrent('passwd: the old passphrase opens nothing afterwards, the new one signs', async () => {
    const { owner, gun, reader } = await begun(stage, 'passwd');
    const targets = await keyOf(owner, 'targets');
    // The program reads a passphrase that is not in the environment from a terminal only: `script` gives it one.
    const command = `notary -d '${owner.trustDir}' key passwd ${targets}`;
    const typed = `${PASSPHRASE}\nanother passphrase\nanother passphrase\n`;
    const changed = await ask('script', ['-qec', command, '/dev/null'], typed, { PATH: process.env['PATH'], HOME: stage.folder });
    expect(changed.stdout).toContain(`Successfully updated passphrase for key ID: ${targets}`);
    await owner.refused(['addhash', gun, 'v1', ...ONE], 'could not find necessary signing keys');
    await owner.notary(['publish', gun], { env: { NOTARY_TARGETS_PASSPHRASE: 'another passphrase' } });
    await reader.notary(['lookup', gun, 'v1']);
  });
});
