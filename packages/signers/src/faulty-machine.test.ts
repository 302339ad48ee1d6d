// One faulty signature of Ed25519 or RSA can give the private key away. The fault is made where a machine would make it: in what node:crypto answers.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import { generateSigner } from './memory.ts';
import type { Thread } from './signature-scheme.ts';

const healthy = crypto.sign;

/** From here on a bit of the signature is wrong that is the `at`-th to be made, counted from one. Another thread than `thread` may make none. */
function bend(at: number, thread: Thread): void {
  let made = 0;
  const bent = (signature: Buffer): Buffer => {
    made += 1;
    if (made === at) signature.writeUInt8(signature.readUInt8(40) ^ 1, 40);
    return signature;
  };
  const sign = (...given: unknown[]): unknown => {
    const told = given.at(-1);
    if ((typeof told === 'function') !== (thread === 'aside')) throw new TypeError('a signature was made on the wrong thread');
    if (typeof told !== 'function') return bent(Reflect.apply(healthy, undefined, given));
    const answer = (error: Error | null, signature: Buffer): void => told(error, bent(signature));
    return Reflect.apply(healthy, undefined, [...given.slice(0, -1), answer]);
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
    ['ed25519', 1, 'aside'],
    ['ed25519', 2, 'aside'],
    ['ecdsa-p256', 1, 'aside'],
    ['ed25519', 1, 'here'],
    ['ed25519', 2, 'here'],
    ['ecdsa-p256', 1, 'here'],
  ] as const)('lets no bent signature of %s leave (signing number %i, made %s)', async (kind, at, thread) => {
    const signer = generateSigner(kind);
    bend(at, thread);
    // 'aside' is what those get who do not say.
    await expect(thread === 'aside' ? signer.sign(message) : signer.sign(message, thread)).rejects.toMatchObject({
      name: 'KeyError',
      code: 'damaged',
    });
    mend();
    expect((await signer.sign(message, thread)).length).toBeGreaterThan(60);
  });
});
