// Somebody who may push and has no key: what owners signed once is public, and a name or a role that was taken away begins at any version.
import { jsonObject, notary, parseNotaryRoleName, ReviewError, ROOT, type RoleName, TARGETS } from '@countersign/core';
import { freshBareSigner, NotaryRepository } from '@countersign/testkit';
import { expect, it } from 'vitest';

const RELEASES = parseNotaryRoleName('targets/releases');
const part = (name: RoleName, bytes: Uint8Array) => new Map([[name, bytes]]);
const tag = (digit: string) => ({
  targets: jsonObject({
    v1: jsonObject({ hashes: jsonObject({ sha256: Buffer.from(digit.repeat(64), 'hex').toString('base64') }), length: 7 }),
  }),
});

async function outcome(upload: Promise<unknown>): Promise<string> {
  try {
    await upload;
    return 'accepted';
  } catch (error) {
    if (error instanceof ReviewError) return error.code;
    throw error;
  }
}

it('does not bring back what a role said before it was taken away', async () => {
  const repository = await NotaryRepository.create();
  await repository.post(await repository.first());
  const alice = freshBareSigner();
  repository.signers.set(RELEASES, [alice]);
  const held = { keyids: [alice.key.keyid], threshold: 1, name: RELEASES, terminating: false };
  const roles = [notary.delegatedRole({ ...held, scope: { by: 'paths', patterns: [''] } })];
  const delegations = jsonObject({ keys: jsonObject({ [alice.key.keyid]: alice.key.object }), roles });
  await repository.post(part(TARGETS, await repository.targets(TARGETS, { delegations })));
  const old = await repository.targets(RELEASES, tag('a'));
  await repository.post(part(RELEASES, old));
  await repository.post(part(RELEASES, await repository.targets(RELEASES, tag('b'))));
  await repository.post(part(TARGETS, await repository.targets(TARGETS, { delegations: notary.noDelegations ?? null })));
  await repository.post(part(TARGETS, await repository.targets(TARGETS, { delegations })));
  expect(await outcome(repository.post(part(RELEASES, old)))).toBe('conflict');
  expect(await outcome(repository.post(part(RELEASES, await repository.targets(RELEASES, tag('c')))))).toBe('accepted');
});

it('does not bring back a repository that was deleted', async () => {
  const repository = await NotaryRepository.create();
  await repository.post(await repository.first());
  const old = await repository.targets(TARGETS, tag('a'));
  await repository.post(part(TARGETS, old));
  const root = repository.stored(ROOT);
  await repository.post(part(TARGETS, await repository.targets(TARGETS, tag('b'))));
  repository.deleted = true;
  expect(await outcome(repository.post(new Map([...part(ROOT, root), ...part(TARGETS, old)])))).toBe('conflict');
  const anew = await repository.targets(TARGETS, tag('c'));
  expect(await outcome(repository.post(new Map([...part(ROOT, root), ...part(TARGETS, anew)])))).toBe('accepted');
});

it('does not bring back a root that others came after, and with it the keys that they took away', async () => {
  const repository = await NotaryRepository.create();
  await repository.post(await repository.first());
  const old = repository.stored(ROOT);
  await repository.post(part(ROOT, await repository.root()));
  repository.deleted = true;
  const targets = await repository.targets(TARGETS, tag('c'));
  expect(await outcome(repository.post(new Map([...part(ROOT, old), ...part(TARGETS, targets)])))).toBe('conflict');
});
