// The everyday commands of `notary`: a collection is begun, filled, read, changed and given up.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sha256, sha512 } from './hashes.ts';
import { atEachServer } from './servers.ts';

atEachServer('the everyday commands', { tools: ['notary'] }, (stage) => {
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(stage.folder, name);
    await writeFile(path, text);
    return path;
  };

  it.concurrent('init, add and publish: somebody who knows nothing reads what was signed', async () => {
    const [owner, reader] = [stage.person('begins'), stage.person('begins-reader')];
    const gun = 'registry.example.com/begins/app';
    await owner.notary(['init', gun]);
    await owner.notary(['add', gun, 'v1', await file('begins', 'one')]);
    expect(await owner.notary(['status', gun])).toMatch(/0\s+create\s+targets\s+target\s+v1/);
    await reader.refused(['list', gun], 'does not have trust data');
    expect(await owner.notary(['publish', gun])).toContain('Successfully published changes for repository');
    expect(await owner.notary(['status', gun])).toContain('No unpublished changes');
    expect(await reader.notary(['list', gun])).toMatch(new RegExp(`v1\\s+${sha256('one')}\\s+3\\s+targets`));
    expect(await reader.notary(['lookup', gun, 'v1'])).toBe(`v1 sha256:${sha256('one')} 3\n`);
    await reader.refused(['lookup', gun, 'v2'], 'No valid trust data for v2');
  });

  it.concurrent('init -p publishes an empty collection, and publish with nothing staged signs it anew', async () => {
    const [owner, reader] = [stage.person('empty'), stage.person('empty-reader')];
    const gun = 'registry.example.com/empty/app';
    await owner.notary(['init', gun, '-p']);
    expect(await reader.notary(['list', gun])).toContain('No targets present in this repository.');
    const version = await snapshotVersion(reader.trustDir, gun);
    await owner.notary(['publish', gun]);
    await reader.notary(['list', gun]);
    expect(await snapshotVersion(reader.trustDir, gun)).toBe(version + 1);
  });

  it.concurrent('refuses to begin what was begun by somebody else', async () => {
    const [owner, other] = [stage.person('twice'), stage.person('twice-other')];
    const gun = 'registry.example.com/twice/app';
    await owner.notary(['init', gun, '-p']);
    await other.notary(['init', gun]);
    await other.refused(['publish', gun], 'could not rotate trust to a new trusted root');
    await stage.person('twice-reader').notary(['list', gun]);
  });

  it.concurrent('addhash signs what is not at hand, by either hash and with custom data', async () => {
    const [owner, reader] = [stage.person('hash'), stage.person('hash-reader')];
    const gun = 'registry.example.com/hash/app';
    await owner.notary(['init', gun, '-p']);
    await owner.notary(['addhash', gun, 'both', '3', '--sha256', sha256('one'), '--sha512', sha512('one'), '-p']);
    await owner.notary(['addhash', gun, 'long', '3', '--sha512', sha512('two'), '-p']);
    const custom = await file('hash-custom', '{"builder":"ci","run":7}');
    await owner.notary(['addhash', gun, 'custom', '3', '--sha256', sha256('two'), '--custom', custom, '-p']);
    expect(await reader.notary(['lookup', gun, 'both'])).toBe(`both sha256:${sha256('one')} 3\n`);
    await reader.notary(['verify', gun, 'long', '-q'], { input: 'two' });
    await reader.notary(['verify', gun, 'custom', '-q'], { input: 'two' });
    const targets = await readFile(join(reader.trustDir, 'tuf', gun, 'metadata/targets.json'), 'utf8');
    expect(JSON.parse(targets).signed.targets.custom.custom).toEqual({ builder: 'ci', run: 7 });
  });

  it.concurrent('verify passes on what was signed and refuses everything else', async () => {
    const [owner, reader] = [stage.person('verify'), stage.person('verify-reader')];
    const gun = 'registry.example.com/verify/app';
    await owner.notary(['init', gun]);
    await owner.notary(['add', gun, 'v1', await file('verify', 'content'), '-p']);
    expect(await reader.notary(['verify', gun, 'v1'], { input: 'content' })).toBe('content');
    await reader.refused(['verify', gun, 'v1'], 'data not present in the trusted collection', { input: 'contents' });
    await reader.refused(['verify', gun, 'v2'], 'No valid trust data for v2', { input: 'content' });
    const output = join(stage.folder, 'verify-output');
    await reader.notary(['verify', gun, 'v1', '-i', join(stage.folder, 'verify'), '-o', output]);
    expect(await readFile(output, 'utf8')).toBe('content');
  });

  it.concurrent('remove takes a target away from people who have read it before', async () => {
    const [owner, reader] = [stage.person('remove'), stage.person('remove-reader')];
    const gun = 'registry.example.com/remove/app';
    await owner.notary(['init', gun]);
    await owner.notary(['add', gun, 'v1', await file('remove', 'one')]);
    await owner.notary(['add', gun, 'v2', await file('remove2', 'two'), '-p']);
    await reader.notary(['lookup', gun, 'v1']);
    await owner.notary(['remove', gun, 'v1', '-p']);
    await reader.refused(['lookup', gun, 'v1'], 'No valid trust data for v1');
    await reader.notary(['lookup', gun, 'v2']);
  });

  it.concurrent('reset forgets one staged change or all of them', async () => {
    const [owner, reader] = [stage.person('reset'), stage.person('reset-reader')];
    const gun = 'registry.example.com/reset/app';
    await owner.notary(['init', gun, '-p']);
    for (const name of ['a', 'b', 'c']) await owner.notary(['add', gun, name, await file(`reset-${name}`, name)]);
    await owner.notary(['reset', gun, '-n', '1']);
    const status = await owner.notary(['status', gun]);
    expect(status.match(/create\s+targets\s+target\s+(\w)/g)?.map((line) => line.at(-1))).toEqual(['a', 'c']);
    await owner.notary(['publish', gun]);
    expect(await reader.notary(['list', gun])).not.toMatch(/^b\s/m);
    await owner.notary(['remove', gun, 'a']);
    await owner.notary(['reset', gun, '--all']);
    expect(await owner.notary(['status', gun])).toContain('No unpublished changes');
    await owner.notary(['publish', gun]);
    await reader.notary(['lookup', gun, 'a']);
  });

  it.concurrent('witness signs a role again without changing what it says', async () => {
    const [owner, reader] = [stage.person('witness'), stage.person('witness-reader')];
    const gun = 'registry.example.com/witness/app';
    await owner.notary(['init', gun]);
    await owner.notary(['add', gun, 'v1', await file('witness', 'one'), '-p']);
    await reader.notary(['list', gun]);
    const before = await version(reader.trustDir, gun, 'targets');
    await owner.notary(['witness', gun, 'targets', '-p']);
    await reader.notary(['lookup', gun, 'v1']);
    expect(await version(reader.trustDir, gun, 'targets')).toBe(before + 1);
  });

  it.concurrent('delete forgets here; delete --remote ends the collection, and its name can be begun anew', async () => {
    const [owner, neighbour, reader] = [stage.person('delete'), stage.person('delete-neighbour'), stage.person('delete-reader')];
    const [gun, next] = ['registry.example.com/delete/app', 'registry.example.com/delete/app-more'];
    await owner.notary(['init', gun]);
    await owner.notary(['add', gun, 'v1', await file('delete', 'one'), '-p']);
    await owner.notary(['delete', gun]);
    expect(await readdir(join(owner.trustDir, 'tuf/registry.example.com/delete')).catch(() => [])).toEqual([]);
    await owner.notary(['lookup', gun, 'v1']);
    await owner.notary(['delete', gun, '--remote']);
    await stage.person('delete-late').refused(['list', gun], 'does not have trust data');
    await owner.notary(['delete', gun, '--remote']);
    await neighbour.notary(['init', next, '-p']);
    await neighbour.notary(['init', gun, '-p']);
    await neighbour.notary(['addhash', gun, 'v2', '3', '--sha256', sha256('two'), '-p']);
    await reader.notary(['lookup', gun, 'v2']);
    await reader.refused(['lookup', gun, 'v1'], 'No valid trust data for v1');
  });

  it.concurrent('serves names that are hard to write', async () => {
    const owner = stage.person('names');
    const gun = 'registry.example.com:5000/Names/__proto__/Ünïcode app';
    const names = ['__proto__', '<&>', 'a"b\\c', '✓ 🎉', 'x/../y', ' '];
    await owner.notary(['init', gun]);
    for (const name of names) await owner.notary(['addhash', gun, name, '3', '--sha256', sha256(name)]);
    await owner.notary(['publish', gun]);
    const reader = stage.person('names-reader');
    for (const name of names) expect(await reader.notary(['lookup', gun, name])).toBe(`${name} sha256:${sha256(name)} 3\n`);
  });
});

const version = async (trustDir: string, gun: string, role: string): Promise<number> =>
  JSON.parse(await readFile(join(trustDir, 'tuf', gun, `metadata/${role}.json`), 'utf8')).signed.version;
const snapshotVersion = (trustDir: string, gun: string): Promise<number> => version(trustDir, gun, 'snapshot');
