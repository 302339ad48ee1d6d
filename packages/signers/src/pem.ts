// Private keys in PEM, for exchange with other programs. At rest a key belongs in a key file, whose passphrase is stretched harder.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { KeyError } from './errors.ts';
import { type LocalSigner, signerFromPrivateKey } from './memory.ts';
import { fromHalves, notaryEd25519 } from './notary-ed25519.ts';
import { isEncrypted, openSslPem, type PemBlock, privateBlock } from './pem-block.ts';
import { signWith, verifiesWith } from './signature-scheme.ts';

/** How an exported key is protected. The plain form is for a pipe into another program, never for a disk. */
export type PemProtection = { readonly passphrase: string } | 'unsafe-plain';

/**
 * The private key in PKCS#8 PEM. With a passphrase, PBES2 as OpenSSL makes it (AES-256-CBC, PBKDF2 with only 2,048 rounds): whoever
 * holds that file guesses passphrases some thousand times faster than against a key file.
 */
export function exportPrivatePem(signer: LocalSigner, protection: PemProtection): string {
  const form = { type: 'pkcs8', format: 'pem' } as const;
  if (protection === 'unsafe-plain') return String(signer.privateKey.export(form));
  const { passphrase } = protection;
  if (passphrase === '') throw new KeyError('unsupported', 'passphrase is empty, wanted at least one character');
  return String(signer.privateKey.export({ ...form, cipher: 'aes-256-cbc', passphrase }));
}

/**
 * The signer for a private key in PEM: PKCS#8, plain or encrypted, with or without the header lines of the notary client; its own form of
 * Ed25519 keys; the older forms of elliptic-curve and RSA keys. Throws KeyError: `wrong-passphrase` (also when an encrypted key comes
 * without one), `unsupported` for other kinds of key and for several keys, `damaged` for what is no PEM or does not decode.
 */
export function importPrivatePem(pem: string, options: { readonly passphrase?: string | undefined } = {}): LocalSigner {
  return openPrivateBlock(privateBlock(pem), options.passphrase);
}

/** The same for a block that was read before. */
export function openPrivateBlock(block: PemBlock, passphrase: string | undefined): LocalSigner {
  if (isEncrypted(block) && (passphrase ?? '') === '') {
    throw new KeyError('wrong-passphrase', 'private key is encrypted, and no passphrase was given');
  }
  const signer = signerFromPrivateKey(openBlock(block, isEncrypted(block) ? passphrase : undefined));
  if (!fitsItself(signer.privateKey)) throw new KeyError('damaged', 'private key is damaged: its public half is not of its private half');
  return signer;
}

/**
 * Whether the halves of a key belong together. Neither PEM nor its encryption has a checksum, and OpenSSL takes both halves as they stand:
 * a changed file would be another key, under an id that nobody knows.
 */
function fitsItself(key: KeyObject): boolean {
  const trial = Buffer.from('a trial');
  try {
    return verifiesWith(createPublicKey(key), trial, signWith(key, trial));
  } catch {
    // Numbers with which OpenSSL cannot even calculate.
    return false;
  }
}

function openBlock(block: PemBlock, passphrase: string | undefined): KeyObject {
  if (block.kind === 'ED25519' && passphrase === undefined) return fromHalves(block.body);
  try {
    return createPrivateKey({ key: openSslPem(block), format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    const older = block.kind === '' || block.kind === 'ENCRYPTED' ? notaryEd25519(block.body, passphrase) : undefined;
    if (older !== undefined) return older;
    // OpenSSL tells a wrong passphrase from a damaged file only by the padding it happens to meet, so neither can we.
    if (passphrase !== undefined)
      throw new KeyError('wrong-passphrase', 'private key does not open with this passphrase, or is damaged', { cause });
    throw new KeyError('damaged', 'private key in pem does not decode', { cause });
  }
}
