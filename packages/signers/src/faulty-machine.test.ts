// One faulty signature of Ed25519 or RSA can give the private key away. The fault is made where a machine would make it: in what node:crypto answers.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import { generateSigner } from './memory.ts';

const healthy = crypto.sign;

/** From here on a bit of the signature is wrong that is the `at`-th to be made, counted from one. */
function bend(at: number): void {
  let made = 0;
  const sign = (...given: unknown[]): unknown => {
    const told = given.pop();
    if (typeof told !== 'function') throw new TypeError('a signature was made on the main thread');
    const answer = (error: Error | null, signature: Buffer): void => {
      made += 1;
      if (made === at) signature.writeUInt8(signature.readUInt8(40) ^ 1, 40);
      told(error, signature);
    };
    return Reflect.apply(healthy, undefined, [...given, answer]);
  };
  crypto.sign = sign as typeof crypto.sign;
  // Reaches those who imported the function by its name, also where another file's tests loaded them first.
  syncBuiltinESMExports();
}

function mend(): void {
  crypto.sign = healthy;
  syncBuiltinESMExports();
}
afterEach(mend);

const message = new TextEncoder().encode('a timestamp');

describe('a machine that errs', () => {
  it.each([
    ['ed25519', 1],
    ['ed25519', 2],
    ['ecdsa-p256', 1],
  ] as const)('lets no bent signature of %s leave (signing number %i)', async (kind, at) => {
    const signer = generateSigner(kind);
    bend(at);
    await expect(signer.sign(message)).rejects.toMatchObject({ name: 'KeyError', code: 'damaged' });
    mend();
    expect((await signer.sign(message)).length).toBeGreaterThan(60);
  });
});
