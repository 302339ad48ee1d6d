import { generateSigner } from '@countersign/signers';
import { flippedBit } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { nativeCryptography } from './native.ts';
import { remembering } from './remembering.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a verification that remembers', () => {
  it('asks once for what was valid, and always for what was not', () => {
    let asked = 0;
    const { verify } = remembering(
      (_, signature) => {
        asked++;
        return signature[0] === 1;
      },
      async () => false,
    );
    for (let times = 0; times < 3; times++) expect(verify(bytes('a'), Uint8Array.of(1))).toBe(true);
    expect(asked).toBe(1);
    for (let times = 0; times < 3; times++) expect(verify(bytes('a'), Uint8Array.of(2))).toBe(false);
    expect(asked).toBe(4);
  });

  it('asks no more for what was valid on another thread, and once more for what was not', async () => {
    const asked: string[] = [];
    const { verify, verifyAhead } = remembering(
      () => asked.push('here') > 0,
      async (_, signature) => signature[0] === 1,
    );
    await verifyAhead(bytes('a'), Uint8Array.of(1));
    await verifyAhead(bytes('a'), Uint8Array.of(2));
    expect(verify(bytes('a'), Uint8Array.of(1))).toBe(true);
    expect(asked).toEqual([]);
    verify(bytes('a'), Uint8Array.of(2));
    verify(bytes('b'), Uint8Array.of(1));
    expect(asked).toEqual(['here', 'here']);
  });

  it.each(['ed25519', 'ecdsa-p256'] as const)('of %s takes no other message and no other signature for the one it knows', async (kind) => {
    const { key, sign } = generateSigner(kind);
    const keyval = key.object.get('keyval');
    const material = keyval instanceof Map ? keyval.get('public') : undefined;
    const opened = nativeCryptography().openKey({
      keytype: String(key.object.get('keytype')),
      scheme: String(key.object.get('scheme')),
      public: String(material),
    });
    if (opened.status !== 'ready') throw new Error(opened.status);
    const signature = await sign(bytes('message'));
    for (const [message, tried] of [
      ['message', signature],
      ['massage', signature],
      ['message', flippedBit(signature)],
      ['message', signature.subarray(1)],
    ] as const)
      await opened.key.verifyAhead?.(bytes(message), tried);
    for (let times = 0; times < 2; times++) {
      expect(opened.key.verify(bytes('message'), signature)).toBe(true);
      expect(opened.key.verify(bytes('massage'), signature)).toBe(false);
      expect(opened.key.verify(bytes('message'), flippedBit(signature))).toBe(false);
    }
  });
});
