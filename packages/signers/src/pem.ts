// Private keys in PEM, for exchange with other programs. At rest a key belongs in a key file, whose passphrase is stretched harder.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { KeyError } from './errors.ts';
import { type LocalSigner, signerFromPrivateKey } from './memory.ts';

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
 * The signer for a private key in PEM: PKCS#8, plain or encrypted, with or without the `role:` and `gun:` lines that the notary
 * client writes, or the older SEC 1 form of an elliptic-curve key. Throws KeyError: `wrong-passphrase` (also when an encrypted key
 * comes without one), `unsupported` for other kinds of key, `damaged` for what is no PEM or does not decode.
 */
export function importPrivatePem(pem: string, options: { readonly passphrase?: string | undefined } = {}): LocalSigner {
  const found = /-----BEGIN ((?:[A-Z]+ )?)PRIVATE KEY-----\r?\n([\s\S]*?)-----END \1PRIVATE KEY-----/.exec(pem);
  if (found === null) throw new KeyError('damaged', 'text holds no private key in pem, from its BEGIN line to its END line');
  const [, kind = '', inside = ''] = found;
  const encrypted = kind === 'ENCRYPTED ' || /^Proc-Type: 4,ENCRYPTED/m.test(inside);
  if (encrypted && (options.passphrase ?? '') === '')
    throw new KeyError('wrong-passphrase', 'private key is encrypted, and no passphrase was given');
  return signerFromPrivateKey(openPem(withoutNotes(found[0]), encrypted ? options.passphrase : undefined));
}

// OpenSSL refuses header lines that it does not know. Only those of its own encryption mean something to it.
const withoutNotes = (pem: string): string => (pem.includes('\nProc-Type:') ? pem : pem.replace(/^[A-Za-z-]+: .*\r?\n(?:\r?\n)?/gm, ''));

function openPem(pem: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    // OpenSSL tells a wrong passphrase from a damaged file only by the padding it happens to meet, so neither can we.
    if (passphrase !== undefined)
      throw new KeyError('wrong-passphrase', 'private key does not open with this passphrase, or is damaged', { cause });
    throw new KeyError('damaged', 'private key in pem does not decode', { cause });
  }
}
