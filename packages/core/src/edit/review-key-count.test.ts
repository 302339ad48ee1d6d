import { type JsonValue, jsonObject, parseKeyId, RELEASES, STANDARD_LIMITS, TARGETS, TrustError } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { judge, type Simulator, simulate } from '@countersign/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { countSignatures } from '../verify/count.ts';

let repository: Simulator;
beforeAll(async () => {
  repository = await simulate();
});

/** Targets that delegate to `roles` roles more, each of which lists the same `keys` keys. */
async function delegating(keys: number, roles: number): Promise<Uint8Array> {
  const { object } = generateSigner('ed25519').key;
  const ids = Array.from({ length: keys }, (_, at) => `k${at}`);
  const fork = repository.fork();
  const delegations = jsonObject({
    keys: new Map(ids.map((id) => [id, object])),
    roles: Array.from(
      { length: roles },
      (_, at): JsonValue => jsonObject({ name: `role${at}`, keyids: ids, threshold: 1, terminating: false, paths: ['*'] }),
    ),
  });
  return (await fork.next('targets', TARGETS, { delegations })).bytes;
}

const judged = (targets: Uint8Array) => () => judge({ gun: repository.gun, standing: repository, parts: { targets } });

describe('an upload', () => {
  it('may bring many keys', async () => {
    expect(judged(await delegating(STANDARD_LIMITS.uploadKeys, 1))().files).toHaveLength(1);
  });

  it('is refused with more keys than that', async () => {
    expect(judged(await delegating(STANDARD_LIMITS.uploadKeys + 1, 1))).toThrowError(expect.objectContaining({ code: 'refused-upload' }));
  });

  it('is refused when a few keys are listed without end', async () => {
    const uses = await delegating(100, STANDARD_LIMITS.uploadKeyUses / 100 + 1);
    expect(judged(uses)).toThrowError(expect.objectContaining({ code: 'refused-upload' }));
  });
});

describe('a repository', () => {
  const sizeOf = (file: Uint8Array | undefined): number => file?.length ?? 0;

  it('may not outgrow what a reader can hold, and what outgrew it may still be signed again', async () => {
    const standing = repository.fork();
    const { targets, releases } = { targets: standing.newest.get(TARGETS), releases: standing.newest.get(RELEASES) };
    const repositoryBytes = sizeOf(targets?.bytes) + sizeOf(releases?.bytes);
    const draft = standing.fork();
    await draft.next('targets', RELEASES, {});
    const judged = (file: Uint8Array | undefined, limit: number) => () =>
      judge({ gun: standing.gun, standing, parts: { releases: file }, limits: { repositoryBytes: limit } });
    const same = draft.newest.get(RELEASES)?.bytes;
    expect(judged(same, repositoryBytes)().files).toHaveLength(1);
    expect(judged(same, 1)().files).toHaveLength(1);
    const larger = standing.fork();
    await larger.next('targets', RELEASES, { 'x-more': 'a' });
    const grown = larger.newest.get(RELEASES)?.bytes;
    expect(judged(grown, repositoryBytes)).toThrowError(expect.objectContaining({ code: 'refused-upload' }));
    expect(judged(grown, 2 * repositoryBytes)().files).toHaveLength(1);
  });
});

it('a count of signatures opens no key that did not sign', async () => {
  const metadata = repository.current('targets', TARGETS);
  const { crypto } = repository.env();
  const opened: string[] = [];
  const watched = {
    ...crypto,
    openKey(key: Parameters<typeof crypto.openKey>[0]) {
      opened.push(key.public);
      return crypto.openKey(key);
    },
  };
  const root = repository.current('root', 'root' as never).content;
  const role = root.roles.get('targets');
  if (role === undefined) throw new TrustError('missing', 'no targets');
  const many = Array.from({ length: 10_000 }, (_, at) => parseKeyId(`k${at}`));
  const keys = new Map([...many.map((id) => [id, { keytype: 'ed25519', scheme: 'ed25519', public: id }] as const), ...root.keys]);
  const report = countSignatures(metadata, { ...role, keyids: [...many, ...role.keyids] }, keys, { crypto: watched });
  expect(report.valid).toHaveLength(1);
  expect(report.missing).toHaveLength(10_000);
  expect(opened).toHaveLength(1);
});
