import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { laboratory } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';

describe.each(['memory', 'level'] as const)('on a store in %s', (kind) => {
  it('publishes several roles at once and serves them', async () => {
    const lab = await laboratory(kind);
    const owner = newPublisher(lab.url, lab);
    const first = await owner.first();
    const posted = await owner.post(first);
    expect([posted.status, posted.body.length]).toEqual([200, 0]);
    for (const [role, bytes] of first) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      for (const file of [`${role}.json`, `1.${role}.json`, `${role}.${sha256}.json`]) {
        const got = await owner.get(file);
        expect([file, got.status, got.body.equals(bytes)]).toEqual([file, 200, true]);
      }
    }
    for (const file of ['timestamp.json', 'snapshot.json', '1.snapshot.json']) expect((await owner.get(file)).status).toBe(200);
  });
});
