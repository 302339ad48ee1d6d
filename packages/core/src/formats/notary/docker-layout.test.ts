import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { portable } from '../../crypto/portable.ts';
import { withDelegations } from '../../edit/delegations.ts';
import { jsonObject } from '../../json/value.ts';
import { encodeJson } from '../../json/write.ts';
import { STANDARD_LIMITS } from '../../model/limits.ts';
import { TARGETS } from '../../model/top-level.ts';
import { parseInstant } from '../../names/instant.ts';
import { parseVersion } from '../../names/version.ts';
import { notary } from './notary.ts';

const crypto = portable();

function key() {
  const jwk = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const spelling = { keytype: 'ed25519', scheme: 'ed25519', public: Buffer.from(jwk.x ?? '', 'base64url').toString('hex') };
  const opened = crypto.openKey(spelling);
  if (opened.status !== 'ready') throw new Error('no key');
  return { ...notary.spellKey(spelling, crypto), spelling, fingerprint: opened.key.fingerprint, scheme: 'ed25519' };
}

function targetsWith(roles: Readonly<Record<string, readonly ReturnType<typeof key>[]>>) {
  const env = { limits: STANDARD_LIMITS, crypto, dialect: notary, now: parseInstant('2026-11-21T12:00:00Z', 'now') };
  const changes = Object.entries(roles).map(([name, keys]) => ({
    name: notary.roleCalled(name),
    keys: { keys, threshold: 1 },
    paths: [''],
    terminating: false,
  }));
  const header = notary.header('targets', parseVersion(1, 'version'), parseInstant('2027-11-21T12:00:00Z', 'expires'), undefined);
  const signed = new Map([...header, ['targets', jsonObject({})], ['delegations', withDelegations(undefined, changes, env)]] as const);
  const file = encodeJson(jsonObject({ signed, signatures: [] }));
  return notary.parse('targets', TARGETS, file, env);
}

describe('the layout of Docker', () => {
  it('calls whoever holds a key as their role is called, and nobody after the role of released tags', () => {
    const [alice, bob, nobody] = [key(), key(), key()];
    const targets = targetsWith({ releases: [alice, bob, nobody], alice: [alice], bob: [bob, alice] });
    expect([...(notary.signerNames(targets, crypto) ?? [])]).toEqual([
      [alice.fingerprint, 'alice'],
      [bob.fingerprint, 'bob'],
    ]);
  });

  it('has every signer say the same in a role of their own', () => {
    const alice = key();
    const targets = targetsWith({ alice: [alice], releases: [alice] });
    expect(notary.beside(notary.releases, targets)).toEqual(['targets/alice']);
    expect(notary.beside(TARGETS, targets)).toEqual([]);
    expect(notary.beside(notary.releases, targetsWith({}))).toEqual([]);
  });

  it('reads a key as it was spelled', () => {
    const { object, spelling } = key();
    expect(notary.readKey(object, crypto)).toEqual(spelling);
  });
});
