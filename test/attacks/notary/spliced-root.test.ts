// One root key for all repositories of an owner, as docker keeps it. Files of Notary do not say which repository they belong to, and which
// certificate of its key a signature was made with is written beside it, where nobody signs: anybody can write another there.
import { jsonObject, notary, ROOT } from '@countersign/core';
import { generateSigner, type LocalSigner } from '@countersign/signers';
import { certifiedSigner, NotaryRepository } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { refusal } from '../victims/victims.ts';
import { againstReaders } from './readers.ts';

const [APP, OTHER] = ['registry.example.com/team/app', 'registry.example.com/team/other'];
const NOT_BEFORE = Date.parse('2026-11-21T00:00:00Z');
const certified = (signer: LocalSigner, commonName: string) => certifiedSigner(signer, { commonName, notBefore: NOT_BEFORE });

againstReaders('goes on with no root', (start) => {
  it('of another repository of the same owner, in which a stranger is certified for this one', async () => {
    const [owner, stranger] = [generateSigner('ecdsa-p256'), generateSigner('ecdsa-p256')];
    const [mine, theirs] = [await certified(owner, APP), await certified(owner, OTHER)];
    const repository = await NotaryRepository.create({ gun: APP });
    repository.signers.set('root', [mine]);
    await repository.post(await repository.first());
    const reader = await start(repository);
    expect(await reader.find('v1')).toBeUndefined();

    // The owner takes a colleague into the root of the other repository, with the certificate that the colleague brings.
    const guest = await certified(stranger, APP);
    const before = notary.parse('root', ROOT, repository.stored(ROOT), repository.env());
    const keys = new Map(before.signed.get('keys') as ReadonlyMap<string, never>);
    keys.delete(mine.key.keyid);
    for (const { key } of [theirs, guest]) keys.set(key.keyid, key.object as never);
    const roles = new Map(before.signed.get('roles') as ReadonlyMap<string, never>);
    roles.set('root', jsonObject({ keyids: [theirs.key.keyid, guest.key.keyid], threshold: 1 }) as never);
    const root = await repository.root({ keys, roles }, undefined, [theirs, guest]);

    // The stranger serves it here, with the owner's signature a second time under the certificate of this repository.
    const { signed, signatures } = JSON.parse(Buffer.from(root).toString());
    const again = signatures.map((one: { keyid: string }) => (one.keyid === theirs.key.keyid ? { ...one, keyid: mine.key.keyid } : one));
    const relabelled = Buffer.from(JSON.stringify({ signed, signatures: [...signatures.slice(0, 1), ...again] }));
    repository.store(ROOT, relabelled, 2);
    expect(await refusal(reader.find('v1'))).toBe('wrong-repository');
  });
});
