import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from './testing/machine.ts';
import { type Town, town } from './testing/town.ts';

const DAY = 86_400_000;

describe('a repository that grows old', () => {
  let place: Town;
  let publisher: Machine;
  let passed = 0;

  beforeEach(async () => {
    passed = 0;
    place = await town({ now: () => (Date.now() + passed * DAY) as Instant });
    publisher = place.publisher;
    expect((await publisher.run('init', place.gun)).exit).toBe(0);
    expect((await sign()).exit).toBe(0);
  });
  afterEach(() => place.close());

  const sign = () => publisher.run('sign', `${place.gun}:v1@${place.digests.v1}`);
  const verify = () => publisher.run('verify', `${place.gun}:v1`);
  /** The key whose label begins with this word leaves the machine. */
  const lose = async (label: string): Promise<string> => {
    const { json } = await publisher.run('key', 'list', '--output', 'json');
    const key = (json['keys'] as { label: string; fingerprint: string }[]).find((one) => one.label.startsWith(label));
    expect((await publisher.run('key', 'remove', key?.fingerprint ?? '', '--yes')).exit).toBe(0);
    return String(key?.fingerprint).slice(0, 16);
  };

  it('is signed in after a year, and targets is renewed on the way', async () => {
    passed = 367;
    expect((await verify()).exit).toBe(13);
    const signed = await sign();
    expect(signed).toMatchObject({ exit: 0, stderr: expect.stringContaining('renewed targets of') });
    expect((await verify()).exit).toBe(0);
  });

  it('renews targets before it expires, and says what else is due', async () => {
    passed = 340;
    const { stderr } = await publisher.run('inspect', place.gun);
    expect(stderr).toContain(`warning: targets of ${place.gun} expires in 24 days: countersign renew ${place.gun}`);
    expect(stderr).toContain('warning: releases of');
    expect((await sign()).stderr).toContain('renewed targets');
    expect((await publisher.run('inspect', place.gun)).stderr).toBe('');
    passed = 715;
    expect((await sign()).stderr).toContain(`warning: root of ${place.gun} expires in 14 days`);
  });

  it('is signed in when the root has expired, by whoever holds its key', async () => {
    passed = 735;
    expect(await sign()).toMatchObject({ exit: 0, stderr: expect.stringContaining('renewed root, targets of') });
    expect((await verify()).exit).toBe(0);
  });

  it('names the keys that must renew, and publishes nothing, when they are elsewhere', async () => {
    passed = 735;
    const root = await lose('root');
    const refused = await sign();
    expect(refused).toMatchObject({ exit: 13, stdout: '' });
    expect(refused.stderr).toContain('root v1 of');
    expect(refused.stderr).toContain(root);
    expect(refused.stderr).toContain(`countersign renew ${place.gun}`);
  });

  it('held by two is renewed by both, and everybody is told with which command', async () => {
    const { gun } = place;
    const bob = await place.consumer();
    const pub = join(publisher.folder, 'bob.pub');
    await bob.run('trust', 'pin', gun, (await publisher.run('trust', 'show', gun)).stdout.split(/ +/)[1] ?? '');
    await bob.run('key', 'generate', '--label', 'bob');
    await bob.run('key', 'export', 'bob', '--public', '--to', pub);
    for (const role of ['targets', 'root']) {
      expect((await publisher.run('root', 'propose', gun, '--role', role, '--add-key', pub, '--threshold', '2')).exit).toBe(0);
      expect(await bob.run('root', 'sign', gun, '--yes')).toMatchObject({ exit: 0 });
      expect(await bob.run('root', 'publish', gun)).toMatchObject({ exit: 0 });
    }
    passed = 340;
    const { stderr } = await publisher.run('inspect', gun);
    expect(stderr).toContain(
      `warning: targets of ${gun} expires in 24 days: countersign renew ${gun} --role targets, by 2 of its signers\n`,
    );
    expect(await publisher.run('renew', gun, '--role', 'targets')).toMatchObject({
      exit: 0,
      stderr: expect.stringContaining('waits: signed by'),
    });
    expect(await bob.run('renew', gun, '--role', 'targets')).toMatchObject({
      exit: 0,
      stderr: expect.stringContaining('renewed targets v'),
    });
    expect((await publisher.run('inspect', gun)).stderr).not.toContain('warning: targets');
    passed = 715;
    expect((await publisher.run('status', gun)).stderr).toContain(`whoever holds the keys: countersign root propose ${gun} --expires TIME`);
  });

  it.each(['root', 'targets', 'releases', 'timestamp'])('can be given another %s key after everything expired', async (role) => {
    passed = 735;
    expect(await publisher.run('key', 'rotate', role, place.gun)).toMatchObject({ exit: 0 });
    expect((await publisher.run('renew', place.gun)).exit).toBe(0);
    expect((await verify()).exit).toBe(0);
  });

  it('is renewed whole by one command', async () => {
    passed = 735;
    const renewed = await publisher.run('renew', place.gun);
    expect(renewed).toMatchObject({ exit: 0, stderr: `renewed root, targets, releases of ${place.gun}\n` });
    expect(renewed.stdout).toBe('root      v2\ntargets   v2\nreleases  v3\n');
    expect((await verify()).exit).toBe(0);
  });

  it('is renewed as far as the keys reach', async () => {
    passed = 340;
    await lose('root');
    const renewed = await publisher.run('renew', place.gun, '--output', 'json');
    expect(renewed).toMatchObject({ exit: 0, json: { renewed: { targets: 2, releases: 3 }, left: ['root'] } });
    expect(await publisher.run('renew', place.gun, '--role', 'root')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('no role can be'),
    });
    expect(await publisher.run('renew', place.gun, '--role', 'nobody')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('no role nobody'),
    });
    expect(await readdir(join(publisher.trustDir, 'keys'))).toHaveLength(1);
  });

  it('is taken back from after a year', async () => {
    passed = 400;
    expect((await publisher.run('revoke', `${place.gun}:v1`)).exit).toBe(0);
    expect((await verify()).exit).toBe(10);
  });
});
