import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts';
import { encodeCanonical } from '../json/canonical.ts';
import { jsonObject } from '../json/value.ts';
import { digestOf, fingerprintOf } from './digest.ts';
import { ed25519Spki } from './ed25519-keys.ts';
import { keyIdOf } from './key-id.ts';
import { portable } from './portable.ts';

const crypto = portable();

describe('a key id of ours', () => {
  const pem = '-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n';
  const key = jsonObject({ scheme: 'ecdsa-sha2-nistp256', keytype: 'ecdsa', keyval: jsonObject({ public: pem }) });

  it('is the SHA-256 of the canonical key object, newlines raw', () => {
    const canonical = `{"keytype":"ecdsa","keyval":{"public":"${pem}"},"scheme":"ecdsa-sha2-nistp256"}`;
    expect(decodeUtf8(encodeCanonical(key))).toBe(canonical);
    expect(`sha256:${keyIdOf(crypto, key)}`).toBe(digestOf(crypto, encodeUtf8(canonical)));
  });

  it('is the one that Sigstore published for the same key object', () => {
    // From the root of Sigstore's production repository, version 1, where the key is a point in hex.
    const sigstore = jsonObject({
      keyid_hash_algorithms: ['sha256', 'sha512'],
      keytype: 'ecdsa-sha2-nistp256',
      keyval: jsonObject({
        public:
          '04cbc5cab2684160323c25cd06c3307178a6b1d1c9b949328453ae473c5ba7527e35b13f298b41633382241f3fd8526c262d43b45adee5c618fa0642c82b8a9803',
      }),
      scheme: 'ecdsa-sha2-nistp256',
    });
    expect(keyIdOf(crypto, sigstore)).toBe('2f64fb5eac0cf94dd39bb45308b98920055e9a0d8e012a7220787834c60aef97');
  });

  it('changes with every member, also an unknown one', () => {
    expect(keyIdOf(crypto, jsonObject({ ...Object.fromEntries(key), extra: 1 }))).not.toBe(keyIdOf(crypto, key));
  });
});

describe('a fingerprint', () => {
  it('is the SHA-256 of the SPKI DER of RFC 8410', () => {
    const spki = ed25519Spki(new Uint8Array(32).fill(7));
    expect(spki).toHaveLength(44);
    expect(`sha256:${fingerprintOf(crypto, spki)}`).toBe(digestOf(crypto, spki));
  });
});
