// A role that was seen and still stands is left out of a snapshot, just after its delegation was given another key: `docker trust signer
// add` does that to `targets/releases` each time. With it hidden, an older tag in `targets` would speak in its place.
import {
  type JsonObject,
  jsonObject,
  nextDraft,
  notary,
  parseNotaryRoleName,
  type RoleName,
  type Signer,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
} from '@countersign/core';
import { freshBareSigner, NotaryRepository, notaryMetaOf, withoutMember } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { refusal } from '../victims/victims.ts';
import { againstReaders } from './readers.ts';

const RELEASES = parseNotaryRoleName('targets/releases');
const part = (name: RoleName, bytes: Uint8Array) => new Map([[name, bytes]]);
const hex = (digit: string): string => digit.repeat(64);
const tag = (digit: string): { readonly targets: JsonObject } => ({
  targets: jsonObject({ v1: jsonObject({ hashes: jsonObject({ sha256: Buffer.from(hex(digit), 'hex').toString('base64') }), length: 7 }) }),
});

function delegationTo(signers: readonly Signer[]): { readonly delegations: JsonObject } {
  const keys = jsonObject(Object.fromEntries(signers.map(({ key }) => [key.keyid, key.object])));
  const held = { keyids: signers.map(({ key }) => key.keyid), threshold: 1, name: RELEASES, terminating: false };
  return { delegations: jsonObject({ keys, roles: [notary.delegatedRole({ ...held, scope: { by: 'paths', patterns: [''] } })] }) };
}

/** What a server can do that holds the keys of both: a newer snapshot without releases, and a newer timestamp. */
async function hideReleases(repository: NotaryRepository): Promise<void> {
  const bend = withoutMember(['meta', RELEASES]);
  const snapshot = await repository.snapshot(part(TARGETS, repository.stored(TARGETS)), bend);
  repository.store(SNAPSHOT, snapshot, notary.parse('snapshot', SNAPSHOT, snapshot, repository.env()).content.version);
  const before = notary.parse('timestamp', TIMESTAMP, repository.stored(TIMESTAMP), repository.env());
  const draft = nextDraft(before, repository.expires(2), { meta: jsonObject({ snapshot: notaryMetaOf(snapshot) }) }, repository.env());
  repository.store(TIMESTAMP, await repository.signed(draft), before.content.version + 1);
}

againstReaders('finds a role that the server hides,', (start) => {
  it.each([
    ['the keys it was seen under', []],
    ['another key beside them', [freshBareSigner()]],
  ])('with %s', async (_, more) => {
    const repository = await NotaryRepository.create();
    await repository.post(await repository.first());
    await repository.post(part(TARGETS, await repository.targets(TARGETS, tag('a'))));
    const alice = freshBareSigner();
    repository.signers.set(RELEASES, [alice]);
    await repository.post(part(TARGETS, await repository.targets(TARGETS, delegationTo([alice]))));
    await repository.post(part(RELEASES, await repository.targets(RELEASES, tag('b'))));
    const reader = await start(repository);
    expect(await reader.find('v1')).toBe(hex('b'));
    await repository.post(part(TARGETS, await repository.targets(TARGETS, delegationTo([alice, ...more]))));
    await hideReleases(repository);
    expect(await refusal(reader.find('v1'))).toBe('rollback');
  });
});
