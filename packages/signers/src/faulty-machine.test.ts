// One faulty signature of Ed25519 or RSA can give the private key away. The fault is made where a machine would make it: in what node:crypto answers.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { generateSigner } from './memory.ts';

const fault = vi.hoisted(() => ({ at: 0, made: 0 }));
vi.mock(import('node:crypto'), async (original) => {
  const real = await original();
  const sign = (...given: unknown[]): unknown => {
    const told = given.pop();
    if (typeof told !== 'function') return Reflect.apply(real.sign, undefined, [...given, told]);
    return Reflect.apply(real.sign, undefined, [
      ...given,
      (error: Error | null, signature: Buffer) => {
        fault.made += 1;
        if (fault.made === fault.at) signature.writeUInt8(signature.readUInt8(40) ^ 1, 40);
        told(error, signature);
      },
    ]);
  };
  return { ...real, sign: sign as typeof real.sign };
});
beforeEach(() => {
  fault.made = 0;
});

const message = new TextEncoder().encode('a timestamp');

describe('a machine that errs', () => {
  it.each([
    ['ed25519', 1],
    ['ed25519', 2],
    ['ecdsa-p256', 1],
  ] as const)('lets no bent signature of %s leave (signing number %i)', async (kind, at) => {
    const signer = generateSigner(kind);
    fault.at = at;
    await expect(signer.sign(message)).rejects.toMatchObject({ name: 'KeyError', code: 'damaged' });
    fault.at = 0;
    expect((await signer.sign(message)).length).toBeGreaterThan(60);
  });
});
