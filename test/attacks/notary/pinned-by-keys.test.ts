// A machine that pins the key of an organisation for all of its names. Somebody whose certificate stands in the root of one repository
// had it made for another: the pinned key signed that root for its own repository, and for no other.
import { jsonObject, type KeyPin, notary, ROOT, type Signer, TARGETS } from '@countersign/core';
import { generateSigner, type LocalSigner } from '@countersign/signers';
import { bareSigner, certifiedSigner, NotaryRepository } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { refusal } from '../victims/victims.ts';
import { againstReaders } from './readers.ts';

const [OWN, OTHER] = ['registry.example.com/team/app', 'registry.example.com/payments'];
const entry = jsonObject({ hashes: jsonObject({ sha256: Buffer.alloc(32, 0xaa).toString('base64') }), length: 7 });

/** A repository of these root keys, each of which signed its root, with `v1` in it. */
async function rootedIn(signers: readonly Signer[]): Promise<NotaryRepository> {
  const repository = await NotaryRepository.create({ gun: OWN });
  repository.signers.set('root', signers);
  await repository.post(await repository.first());
  await repository.post(new Map([[TARGETS, await repository.targets(TARGETS, { targets: jsonObject({ v1: entry }) })]]));
  return repository;
}

againstReaders('pins keys,', (start) => {
  const organisation = generateSigner('ecdsa-p256');
  const pin: KeyPin = { by: 'keys', fingerprints: [organisation.key.fingerprint], threshold: 1 };
  const notBefore = Date.parse('2026-11-21T00:00:00Z');
  const certified = (signer: LocalSigner, commonName: string) => certifiedSigner(signer, { commonName, notBefore });

  it('and takes what they signed for the name that was asked for', async () => {
    const repository = await rootedIn([await certified(organisation, OWN)]);
    const reader = await start(repository, { pins: [pin], otherwise: 'refuse' });
    expect(await reader.find('v1')).toBe('aa'.repeat(32));
  });

  it.each([
    ['theirs is for the first', async () => certified(organisation, OWN), 'wrong-repository'],
    ['theirs is in none', async () => bareSigner(organisation), 'untrusted-root'],
  ] as const)('and not for another, which only the certificate of a stranger names, while %s', async (_, theirs, code) => {
    const repository = await rootedIn([await certified(organisation, OWN)]);
    repository.signers.set('root', [await theirs(), await certified(generateSigner('ecdsa-p256'), OTHER)]);
    repository.store(ROOT, (await repository.first()).get(ROOT) ?? new Uint8Array(), 1);
    const gun = notary.parseGun(OTHER);
    const served = Object.assign(Object.create(Object.getPrototypeOf(repository)), repository, { gun });
    const reader = await start(served, { gun, pins: [pin], otherwise: 'refuse' });
    expect(await refusal(reader.find('v1'))).toBe(code);
  });
});
