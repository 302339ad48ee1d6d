import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from './testing/machine.ts';
import { type Town, town } from './testing/town.ts';

describe('the main story', () => {
  let place: Town;
  let publisher: Machine;
  let pin: string;

  beforeEach(async () => {
    place = await town();
    publisher = place.publisher;
    const begun = await publisher.run('init', place.gun);
    expect(begun).toMatchObject({ exit: 0 });
    pin = begun.stdout.trim();
    expect(pin).toMatch(/^sha256:[0-9a-f]{64}@1$/);
  });
  afterEach(() => place.close());

  const sign = (tag: 'v1' | 'v2') => publisher.run('sign', `${place.gun}:${tag}@${place.digests[tag]}`);
  const pinned = async (): Promise<Machine> => {
    const consumer = await place.consumer();
    expect(await consumer.run('trust', 'pin', place.gun, pin)).toMatchObject({ exit: 0, stdout: `${pin}\n` });
    return consumer;
  };

  it('signs by digest and verifies elsewhere with the pin that init printed', async () => {
    expect(await sign('v1')).toMatchObject({ exit: 0, stdout: `${place.gun}:v1@${place.digests.v1}\n` });
    const consumer = await pinned();
    expect(await consumer.run('verify', `${place.gun}:v1`)).toMatchObject({ exit: 0, stdout: `${place.gun}@${place.digests.v1}\n` });
    const { json } = await consumer.run('verify', `${place.gun}:v1`, '--output', 'json');
    expect(json).toMatchObject({ schema: 1, ok: true, verdict: 'trusted', digest: place.digests.v1, role: 'releases', bound: true });
  });

  it('verifies by digest without asking the registry', async () => {
    await sign('v1');
    const consumer = await pinned();
    const before = place.registry.requests.length;
    expect(await consumer.run('verify', `${place.gun}@${place.digests.v1}`)).toMatchObject({ exit: 0 });
    expect(place.registry.requests).toHaveLength(before);
    expect(await consumer.run('verify', `${place.gun}@${place.digests.v2}`)).toMatchObject({ exit: 10 });
  });

  it('refuses a tag that the registry moved', async () => {
    await sign('v1');
    place.registry.retag('team/app', 'v1', place.digests.v2);
    const result = await (await pinned()).run('verify', `${place.gun}:v1`, '--output', 'json');
    expect(result.exit).toBe(15);
    expect(result.json).toMatchObject({ schema: 1, ok: false, code: 'mismatch', status: 'mismatch', exit: 15 });
    expect(result.json).toMatchObject({ details: { signed: place.digests.v1, got: place.digests.v2 } });
  });

  it('tells an unsigned tag from one that the registry does not have', async () => {
    await sign('v1');
    const consumer = await pinned();
    expect(await consumer.run('verify', `${place.gun}:v2`)).toMatchObject({ exit: 10, stdout: '' });
    await publisher.run('sign', `${place.gun}:gone`, '--digest', place.digests.v1, '--length', '491');
    expect((await consumer.run('verify', `${place.gun}:absent`)).exit).toBe(10);
  });

  it('refuses a repository without a pin when nobody can be asked', async () => {
    await sign('v1');
    const consumer = await place.consumer();
    const result = await consumer.run('verify', `${place.gun}:v1`);
    expect(result).toMatchObject({ exit: 18, stdout: '' });
    expect(result.stderr).toContain(`countersign trust pin ${place.gun} sha256:HEX@N`);
    expect((await consumer.run('verify', `${place.gun}:v1`, '--root-pin', pin)).exit).toBe(0);
  });

  it('shows the root once to the person at the terminal, and believes the answer', async () => {
    await sign('v1');
    const consumer = await place.consumer();
    consumer.person = { answers: [false], questions: [] };
    const refused = await consumer.run('verify', `${place.gun}:v1`);
    expect(refused.exit).toBe(3);
    expect(refused.stderr).toContain(pin);
    consumer.person = { answers: [true], questions: [] };
    expect((await consumer.run('verify', `${place.gun}:v1`)).exit).toBe(0);
    expect((await consumer.run('verify', `${place.gun}:v1`)).exit).toBe(0);
    expect(consumer.person.questions).toHaveLength(1);
    expect((await consumer.run('trust', 'show')).stdout).toContain(pin);
  });

  it('refuses another pin than the one that was believed', async () => {
    await sign('v1');
    const other = `sha256:${'0'.repeat(64)}@1`;
    const consumer = await pinned();
    expect((await consumer.run('trust', 'pin', place.gun, other)).exit).toBe(18);
    expect((await consumer.run('verify', `${place.gun}:v1`, '--root-pin', other)).exit).toBe(18);
    const stranger = await place.consumer();
    stranger.env = { ...stranger.env, COUNTERSIGN_ROOT_PIN: other };
    expect((await stranger.run('verify', `${place.gun}:v1`)).exit).toBe(18);
  });

  it('takes a tag back, and denies a digest under every tag', async () => {
    await sign('v1');
    await sign('v2');
    const consumer = await pinned();
    expect((await publisher.run('revoke', `${place.gun}:v1`)).exit).toBe(0);
    expect((await consumer.run('verify', `${place.gun}:v1`)).exit).toBe(10);
    expect((await publisher.run('revoke', `${place.gun}@${place.digests.v2}`)).exit).toBe(0);
    expect((await consumer.run('verify', `${place.gun}:v2`)).exit).toBe(17);
    expect((await consumer.run('verify', `${place.gun}@${place.digests.v2}`)).exit).toBe(17);
    const listed = await consumer.run('list', place.gun, '--output', 'json');
    expect(listed.json).toMatchObject({ denied: [place.digests.v2], entries: [{ name: 'v2' }] });
  });

  it('follows rotations of every key under the first pin', async () => {
    await sign('v1');
    const consumer = await pinned();
    expect((await consumer.run('verify', `${place.gun}:v1`)).exit).toBe(0);
    for (const role of ['timestamp', 'snapshot', 'releases', 'targets', 'root']) {
      expect(await publisher.run('key', 'rotate', role, place.gun)).toMatchObject({ exit: 0 });
    }
    expect(await sign('v2')).toMatchObject({ exit: 0 });
    const { json } = await consumer.run('verify', `${place.gun}:v2`, '--output', 'json');
    expect(json).toMatchObject({ ok: true, rootVersion: 5 });
    const fresh = await pinned();
    expect((await fresh.run('verify', `${place.gun}:v2`)).exit).toBe(0);
  });

  it('shows a history whose newest record is the one the timestamp names', async () => {
    await sign('v1');
    const { json } = await publisher.run('history', place.gun, '--output', 'json');
    expect(json).toMatchObject({
      checked: true,
      complete: true,
      head: { seq: 2 },
      records: [
        { seq: 2, kind: 'publish' },
        { seq: 1, kind: 'root' },
      ],
    });
    const short = await publisher.run('history', place.gun, '--limit', '1', '--output', 'json');
    expect(short.json).toMatchObject({ complete: false, records: [{ seq: 2 }] });
  });

  it('signs and verifies files, and tells a changed one', async () => {
    const { writeFile } = await import('node:fs/promises');
    const file = join(publisher.folder, 'tool.tgz');
    await writeFile(file, 'first');
    const name = `${place.gun}:tool.tgz`;
    expect(await publisher.run('sign', name, '--file', 'tool.tgz')).toMatchObject({ exit: 0 });
    expect(await publisher.run('verify', name, '--file', 'tool.tgz')).toMatchObject({ exit: 0, stdout: `${file}\n` });
    await writeFile(file, 'second');
    expect((await publisher.run('verify', name, '--file', 'tool.tgz')).exit).toBe(15);
    expect((await publisher.run('verify', `${place.gun}:v1`, '--file', 'tool.tgz')).exit).toBe(10);
  });

  it('keeps a name that was seen from ever becoming unsigned', async () => {
    await sign('v1');
    const consumer = await pinned();
    expect((await consumer.run('verify', `${place.gun}:v1`)).exit).toBe(0);
    await place.server.close();
    const result = await consumer.run('verify', `${place.gun}:v1`, '--output', 'json');
    expect(result.json).toMatchObject({ ok: false, exit: 20, code: 'unreachable' });
  });

  it('says which keys may sign when none of them is here', async () => {
    const { json: held } = await publisher.run('key', 'list', '--output', 'json');
    await rm(join(publisher.trustDir, 'keys'), { recursive: true });
    const result = await sign('v1');
    expect(result.exit).toBe(1);
    const keys = held['keys'] as { readonly fingerprint: string; readonly label: string }[];
    const repository = keys.find(({ label }) => label.startsWith('repository'));
    expect(result.stderr).toContain(repository?.fingerprint.slice(0, 16));
  });
});
