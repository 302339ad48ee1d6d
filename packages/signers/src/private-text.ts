// A private key as text that came from somewhere: a key file, PEM, or OpenSSH's own form. Which one it is, the text says.
import { saidOf } from './errors.ts';
import { openKeyText } from './key-file.ts';
import { parseKeyFile } from './key-file-text.ts';
import type { LocalSigner } from './memory.ts';
import { type NotaryFacts, notaryFacts, notaryLabel, notaryNotes } from './notary-private.ts';
import { importOpenSsh, isOpenSsh } from './openssh-private.ts';
import { openPrivateBlock } from './pem.ts';
import { isEncrypted, privateBlock } from './pem-block.ts';

/** A key that came as text. */
export interface PrivateText {
  readonly signer: LocalSigner;
  /** What protected it on its way, if anything did. */
  readonly passphrase: string | undefined;
  readonly label: string | undefined;
  /** What the notary client noted beside it; absent for keys of other programs. */
  readonly notary?: NotaryFacts;
}

/** What is known of an encrypted key before it is open. */
export interface SealedText {
  readonly label: string | undefined;
  /** The role that the notary client noted: it keeps a passphrase for each kind of role. */
  readonly role: string | undefined;
}

/**
 * The key in `text`; `name` is what errors call the text. `passphrase` is asked at most once, and only for a whole, encrypted key.
 * Throws KeyError as `openKeyText`, `importPrivatePem` and `importOpenSsh`.
 */
export async function openPrivateText(
  text: string,
  name: string,
  passphrase: (about: SealedText) => Promise<string>,
): Promise<PrivateText> {
  if (text.trimStart().startsWith('{')) {
    // Shells and CI systems drop the last line feed of a file, and some put carriage returns before the others.
    const bytes = Buffer.from(`${text.replaceAll('\r\n', '\n').trim()}\n`);
    const secret = await passphrase({ label: parseKeyFile(bytes, name).label, role: undefined });
    return { ...(await openKeyText(bytes, secret, name)), passphrase: secret };
  }
  if (isOpenSsh(text)) return { ...importOpenSsh(text, name), passphrase: undefined };
  const block = saidOf(name, () => privateBlock(text));
  const notes = saidOf(name, () => notaryNotes(block));
  const secret = isEncrypted(block) ? await passphrase({ label: undefined, role: notes?.role }) : undefined;
  const signer = saidOf(name, () => openPrivateBlock(block, secret));
  if (notes === undefined) return { signer, passphrase: secret, label: undefined };
  return { signer, passphrase: secret, label: notaryLabel(notes), notary: notaryFacts(signer, notes, name) };
}
