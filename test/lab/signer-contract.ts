// The contract of signers as tests: every place where a key may be kept runs it, tokens included.
import { nativeCryptography } from '@countersign/crypto-native';
import { isKeyError, type KeyCode, type OpenedSigner } from '@countersign/signers';
import { describe, expect, it } from 'vitest';
import { textOfKey } from './key-spelling.ts';

/** One place for keys, with one key in it. */
export interface SignerPlace {
  /** Opens the key; each time anew. */
  open(): Promise<OpenedSigner>;
  /** The fingerprint of the key, known from elsewhere. */
  readonly fingerprint: () => string;
  /** What goes wrong, by the code that it must have. */
  readonly refusals: Readonly<Record<string, { readonly code: KeyCode; readonly open: () => Promise<unknown> }>>;
}

const message = new TextEncoder().encode('{"_type":"snapshot"}');

/** Defines the tests that a place for keys must pass. */
export function signerContract(name: string, place: SignerPlace): void {
  const opened = async <Result>(work: (signer: OpenedSigner) => Promise<Result>): Promise<Result> => {
    const signer = await place.open();
    try {
      return await work(signer);
    } finally {
      await signer.close();
    }
  };

  describe(`the signer contract: ${name}`, () => {
    it('signs what its own key object verifies, and nothing else', () =>
      opened(async (signer) => {
        const verifying = nativeCryptography().openKey(textOfKey(signer.key));
        if (verifying.status !== 'ready') throw new Error(`the key is ${verifying.status}`);
        const signature = await signer.sign(message);
        expect(verifying.key.verify(message, signature)).toBe(true);
        expect(verifying.key.verify(message.subarray(1), signature)).toBe(false);
        expect(verifying.key.verify(Uint8Array.of(7), await signer.sign(Uint8Array.of(7)))).toBe(true);
      }));

    it('states the key that is there', () =>
      opened(async (signer) => {
        expect(signer.key.fingerprint).toBe(place.fingerprint());
      }));

    it('signs a large message, and two at once', () =>
      opened(async (signer) => {
        const verifying = nativeCryptography().openKey(textOfKey(signer.key));
        const large = new Uint8Array(300_000).fill(7);
        const [one, two] = await Promise.all([signer.sign(large), signer.sign(message)]);
        if (verifying.status !== 'ready') throw new Error(`the key is ${verifying.status}`);
        expect([verifying.key.verify(large, one), verifying.key.verify(message, two)]).toEqual([true, true]);
      }));

    it('refuses to sign once it is closed, however often', async () => {
      const signer = await place.open();
      await signer.close();
      await signer.close();
      await expect(signer.sign(message)).rejects.toMatchObject({ name: 'KeyError', code: 'closed' });
    });

    it('opens again after it was closed', async () => {
      await opened(async () => undefined);
      expect(await opened((signer) => signer.sign(message))).not.toHaveLength(0);
    });

    it.each(Object.entries(place.refusals))('refuses %s', async (_, { code, open }) => {
      const error = await open().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(isKeyError(error) ? error.code : error).toBe(code);
    });
  });
}
