// A private key at rest: encrypted under a passphrase (scrypt, then AES-256-GCM over the PKCS#8 form, with the header as additional
// data), in a file that only its owner can read. The format is told in the README.
import { createCipheriv, createDecipheriv, createPrivateKey, type KeyObject, randomBytes, scrypt } from 'node:crypto';
import { decodeHex, encodeHex } from '@countersign/core';
import { KeyError } from './errors.ts';
import { COSTS, headerBytes, type KeyFile, type KeyFileHeader, parseKeyFile, spellKeyFile } from './key-file-text.ts';
import { checkLabel } from './label.ts';
import { type LocalSigner, signerFromPrivateKey } from './memory.ts';
import { type Create, readSecretFile, writeSecretFile } from './secret-file.ts';

/** The most bytes of a file in a key folder. */
export const LONGEST_KEY_FILE = 16_384;
const TAG = 16;

export interface WriteKeyOptions {
  /** Whether a file of this name may be replaced. */
  readonly create: Create;
  /** A name for people, shown by listings. */
  readonly label?: string | undefined;
  /** Base-2 logarithm of scrypt's N, 15 (the default: 32 MiB) to 20 (1 GiB). Raise it for keys that are opened rarely. */
  readonly cost?: number | undefined;
}

/** Encrypts the key of `signer` into a new file. Throws KeyError (`exists`, `unreadable`, `unsupported`), FormatError for the label. */
export async function writeKeyFile(
  path: string,
  signer: LocalSigner,
  passphrase: string,
  options: WriteKeyOptions,
): Promise<KeyFileHeader> {
  const { create, label, cost = COSTS.least } = options;
  if (!Number.isInteger(cost) || cost < COSTS.least || cost > COSTS.greatest) {
    throw new KeyError('unsupported', `scrypt cost is ${cost}, wanted ${COSTS.least} to ${COSTS.greatest}`);
  }
  if (passphrase === '') throw new KeyError('unsupported', 'passphrase is empty, wanted at least one character');
  const header = {
    key: signer.key,
    label: label === undefined ? undefined : checkLabel(label),
    cost,
    salt: encodeHex(randomBytes(32)),
    nonce: encodeHex(randomBytes(12)),
  };
  const sealed = await seal(header, signer.privateKey, passphrase);
  await writeSecretFile(path, spellKeyFile({ ...header, sealed }), { create });
  return { key: header.key, label: header.label, cost };
}

/** What a key file says without its passphrase. Throws KeyError as `openKeyFile`, without `wrong-passphrase`. */
export async function readKeyFileHeader(path: string): Promise<KeyFileHeader> {
  const { key, label, cost } = await readKeyFile(path);
  return { key, label, cost };
}

/**
 * The signer in a key file. Throws KeyError: `not-found`, `unreadable`, `open-permissions`, `truncated`, `damaged`, `unknown-schema`,
 * `unsupported`, and `wrong-passphrase` when the file is whole and does not open.
 */
export async function openKeyFile(path: string, passphrase: string): Promise<LocalSigner> {
  return unseal(await readKeyFile(path), passphrase, path);
}

/** The same for the bytes of a key file that came another way, such as through a pipe; `name` is what errors call it. */
export async function openKeyText(
  bytes: Uint8Array,
  passphrase: string,
  name: string,
): Promise<{ readonly signer: LocalSigner; readonly label: string | undefined }> {
  const file = parseKeyFile(bytes, name);
  return { signer: await unseal(file, passphrase, name), label: file.label };
}

/** Encrypts a key file anew under another passphrase, keeping its label. The old file stays until the new one is durable. */
export async function changePassphrase(
  path: string,
  passphrase: { readonly from: string; readonly to: string },
  options: { readonly cost?: number | undefined } = {},
): Promise<void> {
  const file = await readKeyFile(path);
  const signer = await unseal(file, passphrase.from, path);
  await writeKeyFile(path, signer, passphrase.to, { create: 'replace', label: file.label, cost: options.cost ?? file.cost });
}

const readKeyFile = async (path: string): Promise<KeyFile> => parseKeyFile(await readSecretFile(path, LONGEST_KEY_FILE), path);

async function seal(header: Omit<KeyFile, 'sealed'>, privateKey: KeyObject, passphrase: string): Promise<string> {
  const wrapping = await wrappingKey(header, passphrase);
  const secret = privateKey.export({ type: 'pkcs8', format: 'der' });
  const cipher = createCipheriv('aes-256-gcm', wrapping, decodeHex(header.nonce), { authTagLength: TAG });
  cipher.setAAD(headerBytes(header));
  const sealed = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  wrapping.fill(0);
  secret.fill(0);
  return encodeHex(sealed);
}

async function unseal(file: KeyFile, passphrase: string, path: string): Promise<LocalSigner> {
  const context = { details: { path } };
  const sealed = decodeHex(file.sealed);
  if (sealed.length <= TAG) throw new KeyError('damaged', `${path} is damaged: it holds no key`, context);
  const wrapping = await wrappingKey(file, passphrase);
  const cipher = createDecipheriv('aes-256-gcm', wrapping, decodeHex(file.nonce), { authTagLength: TAG });
  cipher.setAAD(headerBytes(file));
  cipher.setAuthTag(sealed.subarray(-TAG));
  let secret: Buffer;
  try {
    secret = Buffer.concat([cipher.update(sealed.subarray(0, -TAG)), cipher.final()]);
  } catch (cause) {
    throw new KeyError('wrong-passphrase', `${path} does not open with this passphrase`, { cause, ...context });
  } finally {
    wrapping.fill(0);
  }
  const signer = signerFromPkcs8(secret, path);
  // Only a program that knew the passphrase can get here with two different keys; it must still not sign for the wrong one.
  if (signer.key.fingerprint !== file.key.fingerprint) {
    throw new KeyError('damaged', `${path} is damaged: its public key is not that of its private key`, context);
  }
  return signer;
}

function signerFromPkcs8(secret: Buffer, path: string): LocalSigner {
  try {
    return signerFromPrivateKey(createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' }));
  } catch (cause) {
    throw new KeyError('damaged', `${path} is damaged: its private key does not open`, { cause, details: { path } });
  } finally {
    secret.fill(0);
  }
}

/** Keyboards of different systems compose accents differently (RFC 8265 §4.2): the passphrase is taken in form NFC. */
function wrappingKey(header: Pick<KeyFile, 'cost' | 'salt'>, passphrase: string): Promise<Buffer> {
  const N = 2 ** header.cost;
  // Node refuses to take more than 32 MiB unless told; scrypt needs 128 * N * r bytes and a little more.
  const parameters = { N, r: 8, p: 1, maxmem: 2 * 128 * N * 8 };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), decodeHex(header.salt), 32, parameters, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
