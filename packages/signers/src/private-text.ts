// A private key as text that came from somewhere: a key file, PEM, or OpenSSH's own form. Which one it is, the text says.
import { KeyError } from './errors.ts';
import { openKeyText } from './key-file.ts';
import { parseKeyFile } from './key-file-text.ts';
import type { LocalSigner } from './memory.ts';
import { importOpenSsh, isOpenSsh } from './openssh-private.ts';
import { importPrivatePem } from './pem.ts';

/** A key that came as text. */
export interface PrivateText {
  readonly signer: LocalSigner;
  /** What protected it on its way, if anything did. */
  readonly passphrase: string | undefined;
  readonly label: string | undefined;
}

/**
 * The key in `text`; `name` is what errors call the text. `passphrase` is asked at most once, and only for a whole, encrypted key.
 * Throws KeyError as `openKeyText`, `importPrivatePem` and `importOpenSsh`.
 */
export async function openPrivateText(
  text: string,
  name: string,
  passphrase: (about: { readonly label: string | undefined }) => Promise<string>,
): Promise<PrivateText> {
  if (text.trimStart().startsWith('{')) {
    // Shells and CI systems drop the last line feed of a file, and some put carriage returns before the others.
    const bytes = Buffer.from(`${text.replaceAll('\r\n', '\n').trim()}\n`);
    const secret = await passphrase({ label: parseKeyFile(bytes, name).label });
    return { ...(await openKeyText(bytes, secret, name)), passphrase: secret };
  }
  if (isOpenSsh(text)) return { ...importOpenSsh(text, name), passphrase: undefined };
  try {
    return { signer: importPrivatePem(text), passphrase: undefined, label: undefined };
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    if (error.code === 'damaged') throw new KeyError('damaged', `${name}: ${error.message}`, { cause: error, details: error.details });
    if (error.code !== 'wrong-passphrase') throw error;
  }
  const secret = await passphrase({ label: undefined });
  return { signer: importPrivatePem(text, { passphrase: secret }), passphrase: secret, label: undefined };
}
