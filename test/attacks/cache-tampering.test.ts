// Somebody edits what lies on this machine. The cache is untrusted input: whatever is wrong with it costs a request. The memory
// against rollback is not: when it is damaged, nothing is verified until a person has looked.
import { copyFile, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { flippedBit, respelled } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { fileOf, image, published } from './victims/story.ts';
import { againstClients, refusal } from './victims/victims.ts';

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function fileNamed(folder: string, pattern: RegExp): Promise<string> {
  const [found] = (await filesIn(folder)).filter((path) => pattern.test(path));
  if (found === undefined) throw new Error(`no file like ${pattern} in ${folder}`);
  return found;
}

const FLOOR = /\/\d+\.\d+\.\d+\.json$/;
const places = [0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.999];

againstClients('believes nothing in its cache', (start) => {
  it.each(['targets', 'releases'])('a %s with one bit flipped anywhere is asked for again', async (role) => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    const path = await fileNamed(victim.folders.cache, new RegExp(`\\.${role}\\.json$`));
    const honest = await readFile(path);
    for (const place of places) {
      await writeFile(path, flippedBit(honest, Math.floor(honest.length * place)));
      expect(await victim.verify('v1')).toBe(image('v1').digest);
    }
  });

  it('an entry that was edited there is not the one that is verified', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    const path = await fileNamed(victim.folders.cache, /\.releases\.json$/);
    await writeFile(path, respelled(await readFile(path), image('v1').digest.slice(7), image('v2').digest.slice(7)));
    victim.registry.set('v1', image('v2'));
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
  });

  it('an older file under the newest name is asked for again', async () => {
    const repository = await published(['v1', 'v2']);
    const victim = await start(repository);
    await victim.verify('v2');
    const path = await fileNamed(victim.folders.cache, /\.releases\.json$/);
    await writeFile(path, repository.served.get('2.releases.json') ?? '');
    expect(await victim.verify('v2')).toBe(image('v2').digest);
  });

  it('a cached file does not stand in for one that the server no longer has the right version of', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    await repository.publish({ v1: undefined });
    victim.instead.set('3.releases.json', undefined);
    expect(await refusal(victim.verify('v1'))).toBe('missing');
  });

  it('without a server, a damaged cache is no answer', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    victim.offline = true;
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    const path = await fileNamed(victim.folders.cache, /\.releases\.json$/);
    await writeFile(path, flippedBit(await readFile(path)));
    await victim.restart();
    expect(await refusal(victim.verify('v1'))).toBe('offline');
  });

  it('without a server, time goes on', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    victim.offline = true;
    repository.now += 3 * 86_400_000;
    expect(await refusal(victim.verify('v1'))).toBe('expired');
  });
});

againstClients('verifies nothing with a damaged memory', (start) => {
  it('of what was seen, whichever bit is flipped', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    const path = await fileNamed(victim.folders.state, FLOOR);
    const honest = await readFile(path);
    for (const place of places) {
      await writeFile(path, flippedBit(honest, Math.floor(honest.length * place)));
      await victim.restart();
      expect(await refusal(victim.verify('v1'))).toBe('damaged-state');
    }
    await writeFile(path, honest);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });

  it('of the time, under a name that is none', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    const honest = await fileNamed(victim.folders.state, /\d{8}T\d{6}Z$/);
    for (const name of ['20261321T120000Z', '2026112T120000Z', '20261121t120000z', 'seen']) {
      const path = join(dirname(honest), name);
      await rename(honest, path);
      await victim.restart();
      expect(await refusal(victim.verify('v1'))).toBe('damaged-state');
      await rename(path, honest);
    }
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });

  it.each([
    ['emptied', async (path: string) => writeFile(path, '')],
    ['cut short', async (path: string) => writeFile(path, (await readFile(path)).subarray(0, 100))],
    ['with something behind it', async (path: string) => writeFile(path, Buffer.concat([await readFile(path), Buffer.from(' ')]))],
    ['another JSON file', async (path: string) => writeFile(path, '{"schema":1}')],
    ['a metadata file', async (path: string, root: Uint8Array) => writeFile(path, root)],
  ])('that was %s', async (_, damage) => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    await damage(await fileNamed(victim.folders.state, FLOOR), fileOf(repository, 'root'));
    await victim.restart();
    expect(await refusal(victim.verify('v1'))).toBe('damaged-state');
  });

  it('nor with an older one under the newest name', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    const older = await fileNamed(victim.folders.state, FLOOR);
    const kept = `${older}.kept`;
    await copyFile(older, kept);
    await repository.publish({ v2: image('v2').entry });
    await victim.verify('v2');
    const newest = await fileNamed(victim.folders.state, FLOOR);
    await rm(newest);
    await rename(kept, newest);
    await victim.restart();
    expect(await refusal(victim.verify('v2'))).toBe('damaged-state');
  });

  it('nor with that of another repository', async () => {
    const [one, other] = [await published(['v1']), await published(['v1'], { gun: 'registry.example.com/team/other' })];
    const [victim, neighbour] = [await start(one), await start(other)];
    await victim.verify('v1');
    await neighbour.verify('v1');
    await copyFile(await fileNamed(neighbour.folders.state, FLOOR), await fileNamed(victim.folders.state, FLOOR));
    await victim.restart();
    expect(await refusal(victim.verify('v1'))).toBe('damaged-state');
  });
});

againstClients('keeps its memory', (start) => {
  it('when only the cache is lost', async () => {
    const repository = await published(['v1']);
    const old = fileOf(repository, 'timestamp');
    const victim = await start(repository);
    await repository.publish({ v2: image('v2').entry });
    await victim.verify('v2');
    await victim.loseCache();
    await victim.restart();
    victim.instead.set('timestamp.json', old);
    expect(await refusal(victim.verify('v2'))).toBe('rollback');
  });
});
