// `notary key rotate`: every role gets a new key, held here or by the server, and readers of any age follow.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sha256 } from './hashes.ts';
import { believed, keyOf, keysOf } from './metadata.ts';
import type { Person } from './notary-program.ts';
import { atEachServer, type Stage } from './servers.ts';

const ONE = ['3', '--sha256', sha256('one'), '-p'];
const YES = { input: 'yes\n' };

async function begun(stage: Stage, name: string) {
  const owner = stage.person(name);
  const gun = `registry.example.com/${name}/app`;
  await owner.notary(['init', gun, '-p']);
  await owner.notary(['addhash', gun, 'v1', ...ONE]);
  const reader = stage.person(`${name}-reader`);
  await reader.notary(['list', gun]);
  return { owner, gun, reader };
}
const keyids = async (who: Person, gun: string, role: string) => (await believed(who, gun, 'root')).roles[role]?.keyids;

atEachServer('rotated keys', { tools: ['notary'] }, (stage) => {
  it.concurrent('targets: the old key signs no more, the new one does', async () => {
    const { owner, gun, reader } = await begun(stage, 'rotate-targets');
    const thief = await owner.copy('rotate-targets-thief');
    await owner.notary(['key', 'rotate', gun, 'targets']);
    await thief.refused(['addhash', gun, 'evil', ...ONE], 'could not find necessary signing keys');
    await owner.notary(['addhash', gun, 'v2', ...ONE]);
    expect((await reader.notary(['list', gun])).match(/^\w+(?=\s+[0-9a-f]{64})/gm)).toEqual(['v1', 'v2']);
  });

  it.concurrent('snapshot -r: the server signs it from then on, until the owner takes it back', async () => {
    const { owner, gun, reader } = await begun(stage, 'rotate-snapshot');
    const before = await keyids(reader, gun, 'snapshot');
    await owner.notary(['key', 'rotate', gun, 'snapshot', '-r']);
    await owner.notary(['addhash', gun, 'v2', ...ONE]);
    // This and nothing else: the program warns half a year before something expires.
    expect(await reader.notary(['lookup', gun, 'v2'])).toBe(`v2 sha256:${sha256('one')} 3\n`);
    const held = await keyids(reader, gun, 'snapshot');
    expect(held).not.toEqual(before);
    expect((await keysOf(owner)).get('snapshot') ?? []).not.toContain(held?.[0]);
    // An upload without a single part: the server has something to sign all the same.
    const { version } = await believed(reader, gun, 'snapshot');
    await owner.notary(['publish', gun]);
    await reader.notary(['list', gun]);
    expect((await believed(reader, gun, 'snapshot')).version).toBe(version + 1);
    await owner.notary(['key', 'rotate', gun, 'snapshot']);
    await owner.notary(['addhash', gun, 'v3', ...ONE]);
    await reader.notary(['lookup', gun, 'v3']);
    expect((await keysOf(owner)).get('snapshot')).toContain((await keyids(reader, gun, 'snapshot'))?.[0]);
  });

  it.concurrent('timestamp -r: the server signs with a new key of its own', async () => {
    const { owner, gun, reader } = await begun(stage, 'rotate-timestamp');
    const before = await keyids(reader, gun, 'timestamp');
    await owner.notary(['key', 'rotate', gun, 'timestamp', '-r']);
    await owner.notary(['addhash', gun, 'v2', ...ONE]);
    await reader.notary(['lookup', gun, 'v2']);
    expect(await keyids(reader, gun, 'timestamp')).not.toEqual(before);
    await stage.person('rotate-timestamp-fresh').notary(['lookup', gun, 'v2']);
  });

  it.concurrent('timestamp: refuses to be held by anybody but the server', async () => {
    const { owner, gun } = await begun(stage, 'rotate-local');
    await owner.refused(['key', 'rotate', gun, 'timestamp'], 'does not permit the client managing the timestamp key');
    await owner.refused(['key', 'rotate', gun, 'targets', '-r'], 'does not permit the server managing the targets key');
  });

  it.concurrent('root: asks first, and readers follow from the old key to the new', async () => {
    const { owner, gun, reader } = await begun(stage, 'rotate-root');
    expect(await owner.notary(['key', 'rotate', gun, 'root'], { input: 'no\n' })).toContain('Aborting action');
    await reader.notary(['list', gun]);
    expect((await believed(reader, gun, 'root')).version).toBe(1);
    const before = await keyids(reader, gun, 'root');
    await owner.notary(['key', 'rotate', gun, 'root'], YES);
    await owner.notary(['addhash', gun, 'v2', ...ONE]);
    await reader.notary(['lookup', gun, 'v2']);
    expect((await believed(reader, gun, 'root')).version).toBe(2);
    expect(await keyids(reader, gun, 'root')).not.toEqual(before);
    await stage.person('rotate-root-fresh').notary(['lookup', gun, 'v2']);
  });

  it.concurrent('root -k: to a key that was made beforehand, elsewhere', async () => {
    const { owner, gun, reader } = await begun(stage, 'rotate-given');
    const [elsewhere, file] = [stage.person('rotate-given-elsewhere'), join(stage.folder, 'rotate-given.pem')];
    await elsewhere.notary(['key', 'generate']);
    await elsewhere.notary(['key', 'export', '-o', file]);
    await owner.notary(['key', 'rotate', gun, 'root', '-k', file], YES);
    await reader.notary(['list', gun]);
    expect((await keysOf(owner)).get('root')).toContain(await keyOf(elsewhere, 'root'));
    await owner.notary(['addhash', gun, 'v2', ...ONE]);
    await reader.notary(['lookup', gun, 'v2']);
  });

  it.concurrent('root, after the old key was stolen: whoever has it can no longer rotate', async () => {
    const { owner, gun, reader } = await begun(stage, 'rotate-stolen');
    const thief = await owner.copy('rotate-stolen-thief');
    await owner.notary(['key', 'rotate', gun, 'root'], YES);
    await thief.refused(['key', 'rotate', gun, 'root'], 'signing keys not available', YES);
    await reader.notary(['list', gun]);
    expect((await believed(reader, gun, 'root')).version).toBe(2);
  });

  it.concurrent('a reader who slept through 20 roots walks them one by one', async () => {
    const { owner, gun, reader } = await begun(stage, 'twenty');
    for (let rotation = 1; rotation <= 20; rotation += 1) {
      if (rotation % 5 === 0) await owner.notary(['key', 'rotate', gun, 'targets']);
      else await owner.notary(['key', 'rotate', gun, 'root'], YES);
    }
    await owner.notary(['addhash', gun, 'v2', ...ONE]);
    await reader.notary(['lookup', gun, 'v2']);
    expect((await believed(reader, gun, 'root')).version).toBe(21);
    const fresh = stage.person('twenty-fresh');
    await fresh.notary(['lookup', gun, 'v2']);
    expect(await believed(fresh, gun, 'root')).toEqual(await believed(reader, gun, 'root'));
  });

  it.concurrent('root -l: signed by older root keys too, for readers that never walk', async () => {
    const { owner, gun, reader } = await begun(stage, 'legacy');
    await owner.notary(['key', 'rotate', gun, 'root'], YES);
    await owner.notary(['key', 'rotate', gun, 'root', '-l', '2'], YES);
    await reader.notary(['list', gun]);
    expect((await believed(reader, gun, 'root')).version).toBe(3);
  });
});
