// Keys and signatures that implementations are known to take differently; the files are in test/profiles.
import { generateKeyPairSync } from 'node:crypto';
import type { Signer } from '@countersign/core';
import { generateSigner, signerFromPrivateKey } from '@countersign/signers';
import { aliased, type Simulator, withMember } from '@countersign/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { held, published } from '../attacks/victims/story.ts';
import { codeOf, verifyImage } from '../fail-open/setting.ts';

let honest: Simulator;
beforeAll(async () => {
  honest = await published(['v1']);
});

describe('keys and signatures', () => {
  const ecdsa = generateSigner('ecdsa-p256');

  it('a private key is no public key', async () => {
    const repository = honest.fork();
    const object = withMember(['keyval', 'public'], privatePem())(ecdsa.key.object);
    await held(repository, 'releases', [aliased(ecdsa, 'key', object)], 1);
    expect(codeOf(() => verifyImage(repository, repository.served, undefined))).toBe('signature');
  });

  // S and its order minus S verify alike everywhere: nothing may be told apart by the bytes of a signature.
  it('an ECDSA signature and its twin count as one key', async () => {
    const repository = honest.fork();
    const twin: Signer = { key: ecdsa.key, sign: async (message) => twinOf(await ecdsa.sign(message)) };
    await held(repository, 'releases', [twin], 1);
    expect(codeOf(() => verifyImage(repository, repository.served, undefined))).toBeUndefined();
    const both = honest.fork();
    await held(both, 'releases', [ecdsa, aliased(twin, 'twin')], 2);
    expect(codeOf(() => verifyImage(both, both.served, undefined))).toBe('signature');
  });
});

function privatePem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(signerFromPrivateKey(privateKey).key.keyid).toHaveLength(64);
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The DER of (r, n-s). */
function twinOf(der: Uint8Array): Uint8Array {
  const integer = (at: number): bigint => BigInt(`0x${Buffer.from(der.subarray(at + 2, at + 2 + (der[at + 1] ?? 0))).toString('hex')}`);
  const r = integer(2);
  const s = integer(4 + (der[3] ?? 0));
  const parts = [r, ORDER - s].map((value) => {
    const hex = value.toString(16);
    const even = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
    const positive = (even[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), even]) : even;
    return Buffer.concat([Buffer.of(2, positive.length), positive]);
  });
  const body = Buffer.concat(parts);
  return new Uint8Array(Buffer.concat([Buffer.of(0x30, body.length), body]));
}
