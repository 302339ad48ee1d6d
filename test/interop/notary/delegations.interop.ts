// Delegations: an owner lets others sign some of the names, and takes that back again.
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeCertificate } from './certificates.ts';
import { sha256 } from './hashes.ts';
import { keyOf } from './metadata.ts';
import type { Person } from './notary-program.ts';
import { atEachServer, type Stage } from './servers.ts';

const entry = (text: string): string[] => [String(text.length), '--sha256', sha256(text)];

/** A collection whose snapshot the server signs: without that, nobody but the owner can publish. */
async function begun(stage: Stage, name: string) {
  const owner = stage.person(name);
  const gun = `registry.example.com/${name}/app`;
  await owner.notary(['init', gun, '-p']);
  await owner.notary(['key', 'rotate', gun, 'snapshot', '-r']);
  return { owner, gun, reader: stage.person(`${name}-reader`) };
}

/** Somebody with nothing but a key; the owner is sent the certificate. */
async function delegate(stage: Stage, name: string) {
  const made = await makeCertificate({ folder: stage.folder, name, commonName: name, kind: 'ecdsa', days: 300, use: 'signing code' });
  const who = stage.person(name);
  await who.notary(['key', 'import', made.key, '--role', 'delegate']);
  return { who, cert: made.cert, id: await keyOf(who, 'delegate') };
}
const names = async (who: Person, gun: string, ...roles: string[]): Promise<string[]> => {
  const said = await who.notary(['list', gun, ...roles.flatMap((role) => ['-r', role])]);
  return [...said.matchAll(/^(\S+)\s+[0-9a-f]{64}\s+\d+\s+(\S+)/gm)].map(([, name, role]) => `${name} by ${role}`).sort();
};

atEachServer('delegations', { tools: ['notary', 'openssl'] }, (stage) => {
  it.concurrent('a delegate who never had anything of the collection but a key publishes, from an empty trust folder', async () => {
    const { owner, gun, reader } = await begun(stage, 'fresh');
    const alice = await delegate(stage, 'fresh-alice');
    await owner.notary(['delegation', 'add', gun, 'targets/releases', alice.cert, '--all-paths', '-p']);
    expect(await owner.notary(['delegation', 'list', gun])).toMatch(new RegExp(`targets/releases\\s+"" <all paths>\\s+${alice.id}\\s+1`));
    await alice.who.notary(['addhash', gun, 'v1', ...entry('one'), '-r', 'targets/releases', '-p']);
    expect(await names(reader, gun)).toEqual(['v1 by targets/releases']);
    await alice.who.notary(['addhash', gun, 'v2', ...entry('two'), '-r', 'targets/releases', '-p']);
    await alice.who.notary(['remove', gun, 'v1', '-r', 'targets/releases', '-p']);
    expect(await names(reader, gun)).toEqual(['v2 by targets/releases']);
  });

  it.concurrent('a delegate may not sign for the owner, nor for a role of somebody else', async () => {
    const { owner, gun, reader } = await begun(stage, 'limits');
    const [alice, bob] = [await delegate(stage, 'limits-alice'), await delegate(stage, 'limits-bob')];
    await owner.notary(['delegation', 'add', gun, 'targets/alice', alice.cert, '--all-paths']);
    await owner.notary(['delegation', 'add', gun, 'targets/bob', bob.cert, '--all-paths', '-p']);
    await alice.who.refused(['addhash', gun, 'v1', ...entry('one'), '-p'], 'could not find necessary signing keys');
    await alice.who.notary(['reset', gun, '--all']);
    await alice.who.refused(['addhash', gun, 'v1', ...entry('one'), '-r', 'targets/bob', '-p'], 'could not find necessary signing keys');
    expect(await names(reader, gun)).toEqual([]);
  });

  it.concurrent('paths are prefixes, and a delegation of a delegation cannot widen them', async () => {
    const { owner, gun, reader } = await begun(stage, 'paths');
    const [team, sub] = [await delegate(stage, 'paths-team'), await delegate(stage, 'paths-sub')];
    await owner.notary(['delegation', 'add', gun, 'targets/team', team.cert, '--paths', 'team/,shared', '-p']);
    await team.who.notary(['delegation', 'add', gun, 'targets/team/sub', sub.cert, '--paths', 'team/sub/', '-p']);
    await team.who.notary(['addhash', gun, 'team/x', ...entry('x'), '-r', 'targets/team']);
    await team.who.notary(['addhash', gun, 'shared-y', ...entry('y'), '-r', 'targets/team', '-p']);
    await sub.who.notary(['addhash', gun, 'team/sub/z', ...entry('z'), '-r', 'targets/team/sub', '-p']);
    expect(await names(reader, gun)).toEqual(['shared-y by targets/team', 'team/sub/z by targets/team/sub', 'team/x by targets/team']);
    await team.who.refused(['addhash', gun, 'other/x', ...entry('x'), '-r', 'targets/team', '-p'], 'Could not add all targets');
    await team.who.notary(['reset', gun, '--all']);
    await owner.notary(['delegation', 'remove', gun, 'targets/team', '--paths', 'shared', '-p']);
    await expect(names(reader, gun)).resolves.toEqual(['team/sub/z by targets/team/sub', 'team/x by targets/team']);
  });

  it.concurrent('an entry of the owner comes before those of delegates, unless a role is asked for by name', async () => {
    const { owner, gun, reader } = await begun(stage, 'order');
    const alice = await delegate(stage, 'order-alice');
    await owner.notary(['delegation', 'add', gun, 'targets/releases', alice.cert, '--all-paths', '-p']);
    await alice.who.notary(['addhash', gun, 'v1', ...entry('alice'), '-r', 'targets/releases', '-p']);
    await owner.notary(['addhash', gun, 'v1', ...entry('owner'), '-p']);
    expect(await reader.notary(['lookup', gun, 'v1'])).toContain(sha256('owner'));
    expect(await names(reader, gun)).toEqual(['v1 by targets']);
    expect(await names(reader, gun, 'targets/releases', 'targets')).toEqual(['v1 by targets/releases']);
  });

  it.concurrent('one of two delegates of a role is taken off: the other signs on, and what they signed together stays', async () => {
    const { owner, gun, reader } = await begun(stage, 'pair');
    const [alice, bob] = [await delegate(stage, 'pair-alice'), await delegate(stage, 'pair-bob')];
    await owner.notary(['delegation', 'add', gun, 'targets/releases', alice.cert, bob.cert, '--all-paths', '-p']);
    await alice.who.notary(['addhash', gun, 'v1', ...entry('one'), '-r', 'targets/releases', '-p']);
    await bob.who.notary(['addhash', gun, 'v2', ...entry('two'), '-r', 'targets/releases', '-p']);
    await owner.notary(['delegation', 'remove', gun, 'targets/releases', alice.id, '-p']);
    await alice.who.refused(
      ['addhash', gun, 'v3', ...entry('three'), '-r', 'targets/releases', '-p'],
      'could not find necessary signing keys',
    );
    expect(await names(reader, gun)).toEqual(['v1 by targets/releases', 'v2 by targets/releases']);
  });

  it.concurrent('purge takes a key off every role; what it alone signed is gone until somebody witnesses it', async () => {
    const { owner, gun, reader } = await begun(stage, 'purge');
    const [alice, bob] = [await delegate(stage, 'purge-alice'), await delegate(stage, 'purge-bob')];
    await owner.notary(['delegation', 'add', gun, 'targets/one', alice.cert, '--all-paths']);
    await owner.notary(['delegation', 'add', gun, 'targets/two', alice.cert, bob.cert, '--all-paths', '-p']);
    await alice.who.notary(['addhash', gun, 'v1', ...entry('one'), '-r', 'targets/one', '-p']);
    expect(await names(reader, gun)).toEqual(['v1 by targets/one']);
    await owner.notary(['delegation', 'add', gun, 'targets/one', bob.cert]);
    await owner.notary(['delegation', 'purge', gun, '--key', alice.id, '-p']);
    expect(await owner.notary(['delegation', 'list', gun])).not.toContain(alice.id);
    expect(await names(stage.person('purge-late'), gun)).toEqual([]);
    await bob.who.notary(['witness', gun, 'targets/one', '-p']);
    expect(await names(stage.person('purge-later'), gun)).toEqual(['v1 by targets/one']);
  });

  it.concurrent('a delegation that is removed whole signs no more', async () => {
    const { owner, gun, reader } = await begun(stage, 'gone');
    const alice = await delegate(stage, 'gone-alice');
    await owner.notary(['delegation', 'add', gun, 'targets/releases', alice.cert, '--all-paths', '-p']);
    await alice.who.notary(['addhash', gun, 'v1', ...entry('one'), '-r', 'targets/releases', '-p']);
    expect(await names(reader, gun)).toEqual(['v1 by targets/releases']);
    await owner.notary(['delegation', 'remove', gun, 'targets/releases', '-y', '-p']);
    expect(await owner.notary(['delegation', 'list', gun])).toContain('No delegations present');
    expect(await names(reader, gun)).toEqual([]);
    await alice.who.refused(['addhash', gun, 'v2', ...entry('two'), '-r', 'targets/releases', '-p'], 'delegation does not exist');
  });

  it.concurrent('a delegate whose key pair notary itself made', async () => {
    const { owner, gun, reader } = await begun(stage, 'pair-of-files');
    const carol = stage.person('pair-of-files-carol');
    const files = join(stage.folder, 'carol');
    await carol.notary(['key', 'generate', '-r', 'targets/carol', '-o', files]);
    await owner.notary(['delegation', 'add', gun, 'targets/carol', `${files}.pem`, '--all-paths', '-p']);
    const [, id] = (await owner.notary(['delegation', 'list', gun])).match(/targets\/carol\s+"" <all paths>\s+([0-9a-f]{64})/) ?? [];
    // Its own import refuses what it wrote: a key goes where the program looks for it.
    await mkdir(join(carol.trustDir, 'private'), { recursive: true });
    await cp(`${files}-key.pem`, join(carol.trustDir, 'private', `${id}.key`));
    await carol.notary(['addhash', gun, 'v1', ...entry('one'), '-r', 'targets/carol', '-p']);
    expect(await names(reader, gun)).toEqual(['v1 by targets/carol']);
  });
});
