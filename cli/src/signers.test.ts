import type { Instant } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from './testing/machine.ts';
import { type Town, town } from './testing/town.ts';

const DAY = 86_400_000;

describe('a signer whose role has expired', () => {
  let place: Town;
  let publisher: Machine;
  let passed = 0;

  beforeEach(async () => {
    passed = 0;
    place = await town({ now: () => (Date.now() + passed * DAY) as Instant });
    publisher = place.publisher;
    const { gun, digests } = place;
    expect((await publisher.run('init', gun)).exit).toBe(0);
    expect((await publisher.run('key', 'generate', '--label', 'build')).exit).toBe(0);
    expect((await publisher.run('signer', 'add', 'ci', '--repo', gun, '--key', 'build')).exit).toBe(0);
    expect((await publisher.run('sign', `${gun}:v1@${digests.v1}`, '--as', 'ci')).exit).toBe(0);
    passed = 300;
    // Everything but ci goes on.
    for (const role of ['targets', 'releases']) expect((await publisher.run('renew', gun, '--role', role)).exit).toBe(0);
    passed = 400;
  });
  afterEach(() => place.close());

  it('stops whoever verifies, is named by signer list, and signs anew by signing', async () => {
    const { gun, digests } = place;
    expect(await publisher.run('verify', `${gun}:v1`)).toMatchObject({ exit: 13, stderr: expect.stringContaining('ci v1') });
    const listed = await publisher.run('signer', 'list', `${gun}:v1`);
    expect(listed).toMatchObject({ exit: 0, stdout: expect.stringMatching(/ci .* signs it; expired at /) });
    const { json } = await publisher.run('signer', 'list', '--repo', gun, '--output', 'json');
    expect(json['roles']).toMatchObject([
      { role: 'releases', expired: false },
      { role: 'ci', expired: true, behind: ['releases'] },
    ]);
    expect((await publisher.run('sign', `${gun}:v2@${digests.v2}`, '--as', 'ci')).exit).toBe(0);
    expect((await publisher.run('verify', `${gun}:v1`)).exit).toBe(0);
  });

  it('can leave all the same', async () => {
    const { gun } = place;
    expect(await publisher.run('signer', 'remove', 'ci', '--repo', gun)).toMatchObject({ exit: 0 });
    expect((await publisher.run('verify', `${gun}:v1`)).exit).toBe(10);
  });
});
