import { imageEntry, parseDigest, refresh, type TargetsTrusted } from '@countersign/core';
import { answerFrom, drive, floorAfter, type Simulator, simulate } from '@countersign/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { findTarget } from './find-target.ts';

const digest = parseDigest(`sha256:${'a1'.repeat(32)}`);
const entry = imageEntry({ digest, length: 1234, mediaType: 'application/vnd.oci.image.index.v1+json' });

const paths = (needs: readonly { readonly path: string }[]): string[] => needs.map((need) => need.path);

describe('refresh', () => {
  let repository: Simulator;
  beforeEach(async () => {
    repository = await simulate();
    await repository.publish({ v1: entry });
  });

  const run = (floor?: Parameters<typeof refresh>[1]) =>
    drive(refresh(repository.anchor(), floor, repository.env()), answerFrom(repository.served));
  const find = (stage: TargetsTrusted, path: string) =>
    drive(findTarget(stage, path, new Map(), repository.env()), answerFrom(repository.served)).result;

  it('asks for the pinned root, the next root, timestamp, snapshot and targets, in this order', () => {
    expect(paths(run().needs)).toEqual(['1.root.json', '2.root.json', 'timestamp.json', '2.snapshot.json', '1.targets.json']);
  });

  it('finds a signed tag and says which roles led to it', () => {
    const { result } = run();
    expect(find(result, 'v1')).toMatchObject({ chain: ['targets', 'releases'], entry: { length: 1234 } });
    expect(find(result, 'v2')).toBeUndefined();
  });

  it('keeps the root before it asks for the next, and every later stage once', () => {
    expect(run().keeps.map((stage) => Object.keys(stage).at(-1))).toEqual(['root', 'timestamp', 'snapshot', 'targets']);
  });

  it('asks for no snapshot when the one it remembers is still named', () => {
    const floor = floorAfter(run().result, repository.env());
    expect(paths(run(floor).needs)).toEqual(['2.root.json', 'timestamp.json', '1.targets.json']);
  });

  it('follows a rotation of every key, signed by the old root', async () => {
    const floor = floorAfter(run().result, repository.env());
    const { generateSigner } = await import('@countersign/signers');
    await repository.rotate(new Map(['root', 'timestamp', 'snapshot', 'targets'].map((role) => [role, [generateSigner('ecdsa-p256')]])));
    const { TARGETS } = await import('@countersign/core');
    await repository.next('targets', TARGETS, {});
    await repository.advance();
    expect(find(run(floor).result, 'v1')?.entry.length).toBe(1234);
  });

  it('looks for a newer root once more when nothing it knows has signed the timestamp, and gives up when there is none', async () => {
    const floor = floorAfter(run().result, repository.env());
    const { generateSigner } = await import('@countersign/signers');
    await repository.rotate(new Map([['timestamp', [generateSigner('ed25519')]]]));
    await repository.timestamp();
    let hidden = 1;
    const answer = answerFrom(repository.served);
    const late: typeof answer = (need) => {
      if (need.path !== '2.root.json' || hidden === 0) return answer(need);
      hidden -= 1;
      return undefined;
    };
    const { needs, result } = drive(refresh(repository.anchor(), floor, repository.env()), late);
    expect(paths(needs).slice(0, 4)).toEqual(['2.root.json', 'timestamp.json', '2.root.json', '3.root.json']);
    expect(result.before.before.before.root.content.version).toBe(2);
    hidden = Number.POSITIVE_INFINITY;
    const asked: string[] = [];
    const blind: typeof answer = (need) => {
      asked.push(need.path);
      return late(need);
    };
    expect(() => drive(refresh(repository.anchor(), floor, repository.env()), blind)).toThrowError(
      expect.objectContaining({ code: 'signature' }),
    );
    expect(asked).toEqual(['2.root.json', 'timestamp.json', '2.root.json']);
  });

  it('refuses a root of another version in place of the pinned one', async () => {
    const stranger = await simulate();
    const { ROOT } = await import('@countersign/core');
    await stranger.next('root', ROOT, {});
    await stranger.advance();
    const served = new Map(stranger.served);
    served.set('1.root.json', stranger.served.get('2.root.json') ?? new Uint8Array());
    served.delete('2.root.json');
    expect(() => drive(refresh(repository.anchor(), undefined, repository.env()), answerFrom(served))).toThrowError(
      expect.objectContaining({ code: 'untrusted-root' }),
    );
  });
});
