import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Town, town } from '../testing/town.ts';

describe('init', () => {
  let place: Town;
  beforeEach(async () => {
    place = await town();
  });
  afterEach(() => place.close());

  const keyFiles = () => readdir(join(place.publisher.trustDir, 'keys')).catch(() => []);

  it('makes two keys, pins its own root, and tells to keep a copy', async () => {
    const begun = await place.publisher.run('init', place.gun);
    expect(begun).toMatchObject({ exit: 0, stderr: expect.stringContaining('Keep a copy of the root key') });
    expect(await keyFiles()).toHaveLength(2);
    expect((await place.publisher.run('trust', 'show')).stdout).toContain(begun.stdout.trim());
  });

  it('leaves nothing behind when the person cancels the second question', async () => {
    const { publisher } = place;
    publisher.env = { ...publisher.env, COUNTERSIGN_PASSPHRASE: undefined };
    publisher.person = { answers: ['root', 'root', undefined], questions: [] };
    expect((await publisher.run('init', place.gun)).exit).toBe(3);
    expect(await keyFiles()).toEqual([]);
    expect((await publisher.run('trust', 'show')).stdout).toBe('');
  });

  it('begins no repository twice, and makes no keys for one that is there', async () => {
    await place.publisher.run('init', place.gun);
    expect((await place.publisher.run('init', place.gun)).exit).toBe(18);
    const other = await place.consumer();
    const refused = await other.run('init', place.gun, '--output', 'json');
    expect(refused.json).toMatchObject({ exit: 1, code: 'exists' });
    expect((await other.run('key', 'list')).stdout).toBe('');
    expect(refused.json['next']).not.toContain('trust pin');
  });

  it('tells the pin of a beginning whose answer was lost to whoever has its root key', async () => {
    const { publisher } = place;
    const { stdout: pin } = await publisher.run('init', place.gun);
    await publisher.run('trust', 'forget', place.gun, '--yes');
    const again = await publisher.run('init', place.gun, '--output', 'json');
    expect(again.json).toMatchObject({ code: 'exists', next: expect.stringContaining(`countersign trust pin ${place.gun} ${pin.trim()}`) });
    await publisher.run('trust', 'pin', place.gun, pin.trim());
    expect((await publisher.run('sign', `${place.gun}:v1@${place.digests.v1}`)).exit).toBe(0);
  });

  it('takes root keys that are here, of which a threshold must sign', async () => {
    const { publisher } = place;
    for (const label of ['ann', 'bob', 'eve']) await publisher.run('key', 'generate', '--label', label);
    const roots = ['ann', 'bob', 'eve'].flatMap((label) => ['--root-key', label]);
    expect((await publisher.run('init', place.gun, ...roots, '--threshold', '4')).exit).toBe(2);
    expect((await publisher.run('init', place.gun, ...roots, '--threshold', '2')).exit).toBe(0);
    const { json } = await publisher.run('inspect', place.gun, '--output', 'json');
    expect(json).toMatchObject({ roles: [{ role: 'root', threshold: 2, keys: [{}, {}, {}].map(() => expect.any(String)) }, {}, {}, {}] });
    const rotated = await publisher.run('key', 'rotate', 'root', place.gun);
    expect(rotated).toMatchObject({ exit: 2, stderr: expect.stringContaining('3 keys') });
    expect((await publisher.run('key', 'rotate', 'releases', place.gun)).exit).toBe(0);
  });

  it('names mirrors, which verify under their own names', async () => {
    const { publisher, registry } = place;
    const mirror = `localhost:${registry.host.split(':')[1]}/team/app`;
    const { stdout: pin } = await publisher.run('init', place.gun, '--name', mirror);
    await publisher.run('sign', `${place.gun}:v1@${place.digests.v1}`);
    const consumer = await place.consumer();
    await consumer.run('trust', 'pin', place.gun, pin.trim());
    const result = await consumer.run('verify', `${mirror}:v1`, '--as', place.gun);
    expect(result).toMatchObject({ exit: 0, stdout: `${mirror}@${place.digests.v1}\n` });
    expect((await consumer.run('verify', `${place.registry.host}/team/other:v1`, '--as', place.gun)).exit).toBe(11);
    const unsigned = await consumer.run('verify', `${mirror}:v2`, '--as', place.gun);
    expect(unsigned.stderr).toContain(`countersign list ${place.gun}\n`);
  });

  it('opens deeper names for collections of files', async () => {
    const { publisher } = place;
    await publisher.run('init', 'files/tools', '--path', '*/*');
    const digest = ['--digest', place.digests.v1, '--length', '3'];
    expect((await publisher.run('sign', 'files/tools:docs/a.txt', ...digest)).exit).toBe(0);
    expect((await publisher.run('sign', 'files/tools:docs/deep/a.txt', ...digest, '--output', 'json')).json).toMatchObject({
      code: 'shadowed',
    });
  });
});
