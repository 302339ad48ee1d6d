import { createHash, createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateSigner, signerFromPrivateKey } from './memory.ts';
import { signedSecret } from './signed-secret.ts';

// RFC 8032 §7.1, test 1.
const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const known = () =>
  signerFromPrivateKey(
    createPrivateKey({ key: Buffer.from(`302e020100300506032b657004220420${SEED}`, 'hex'), format: 'der', type: 'pkcs8' }),
  );

describe('a secret made by a key', () => {
  it('is the hash of its signature, and stays the same for ever', async () => {
    const secret = await signedSecret(known(), 'master key');
    const signature = await known().sign(Buffer.from('countersign secret 1\nmaster key'));
    expect(secret).toBe(createHash('sha256').update(signature).digest('base64url'));
    expect(secret).toBe('DNaFaJ7t2YaBBKnuA8SE6NSaTOk5nu_uIdSrw66TwBk');
    expect(await signedSecret(known(), 'another')).not.toBe(secret);
  });

  it('is refused of a key that signs differently each time', async () => {
    await expect(signedSecret(generateSigner('ecdsa-p256'), 'master key')).rejects.toMatchObject({ code: 'unsupported' });
    const { key } = generateSigner('ed25519');
    const made = [Uint8Array.of(1), Uint8Array.of(2)];
    const random = { key, sign: async () => made.pop() ?? Uint8Array.of() };
    await expect(signedSecret(random, 'master key')).rejects.toMatchObject({ code: 'signer-failed' });
  });
});
