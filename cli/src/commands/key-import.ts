// `key import`: a private key in PEM, the notary client's files included, a key of OpenSSH, or a key file of another machine; or a note
// of a key that stays where it is.
import type { KeyId } from '@countersign/core';
import {
  checkNotaryFileName,
  isKeyUri,
  KeyError,
  type KeyFolder,
  keyFolder,
  notaryIdOf,
  openKeyFile,
  openPrivateText,
  type PrivateText,
  readKeyFileHeader,
} from '@countersign/signers';
import { foldersOf } from '../folders.ts';
import { typedLater } from '../given.ts';
import { openKeyUri } from '../key-uris.ts';
import { keyFacts, keyName } from '../local-keys.ts';
import type { Outcome } from '../output.ts';
import { type Passphrases, type Purpose, passphrases } from '../passphrase.ts';
import { givenPath, readGivenFile } from '../read-file.ts';
import type { Call, Handler } from '../tree/spec.ts';

const LONGEST = 65_536;

export const keyImport: Handler = async (call) => {
  const { world, given, output } = call;
  const folder = keyFolder(foldersOf(world, given.text('trust-dir')).keys);
  const secrets = passphrases(world, given, output);
  const name = given.argument('file');
  if (isKeyUri(name)) return noteKey(call, folder, name, secrets);
  const foreign = await openForeign(call, secrets);
  await refuseStanding(folder, foreign.signer.key.keyid);
  const passphrase = await passphraseHere(call, foreign, secrets);
  const label = given.text('label') ?? foreign.label;
  const entry = await typedLater('--label', () => folder.add(foreign.signer, passphrase, { create: 'refuse', label }));
  const { notary } = foreign;
  output.say(`imported key ${keyName(entry)} to ${entry.path}${notary === undefined ? '' : `, in notary key ${notary.keyid}`}`);
  return { facts: { key: keyFacts(entry), ...(notary === undefined ? {} : { notary }) }, text: entry.key.fingerprint };
};

async function openForeign({ world, given }: Call, secrets: Passphrases): Promise<PrivateText> {
  const name = given.argument('file');
  const bytes = await readGivenFile(world, name, LONGEST);
  const text = new TextDecoder().decode(bytes);
  const purpose = { name: `key in ${name}`, fresh: false } as const;
  if (name !== '-' && text.trimStart().startsWith('{')) {
    const path = givenPath(world, name);
    const { label } = await readKeyFileHeader(path);
    const passphrase = await secrets.get({ key: 'any', ...purpose });
    return { signer: await openKeyFile(path, passphrase), passphrase, label };
  }
  const called = name !== '-' ? name.slice(0, 80) : text.trimStart().startsWith('{') ? 'the key file on stdin' : 'stdin';
  const opened = await openPrivateText(text, called, ({ role }) => secrets.get({ key: keyOf(role), ...purpose }));
  // A file of the notary client is named by its key, and so is whatever points at it.
  if (name.endsWith('.key')) checkNotaryFileName(name, notaryIdOf(opened.signer.key));
  return opened;
}

/** Which of the passphrases of notary and docker opens the key of a role: signers of docker have one in common with delegations. */
function keyOf(role: string | undefined): Purpose['key'] {
  if (role === undefined || role === 'root' || role === 'snapshot') return role ?? 'any';
  return role === 'targets' ? 'repository' : 'delegation';
}

/** A key that stays where it is: on a token, behind a program. Only where it is gets noted here. */
async function noteKey({ world, given, output }: Call, folder: KeyFolder, uri: string, secrets: Passphrases): Promise<Outcome> {
  const { key } = await openKeyUri(world, uri, secrets, 'any');
  await refuseStanding(folder, key.keyid);
  const label = given.text('label');
  const entry = await typedLater('--label', () => folder.note({ key, label, uri }, { create: 'refuse' }));
  output.say(`noted key ${keyName(entry)}, which stays at ${uri}`);
  return { facts: { key: keyFacts(entry) }, text: entry.key.fingerprint };
}

async function refuseStanding(folder: KeyFolder, keyid: KeyId): Promise<void> {
  const [standing] = await folder.find(keyid);
  if (standing === undefined) return;
  throw new KeyError('exists', `key ${keyName(standing)} is here already`, { details: { path: standing.path } });
}

/** The passphrase that protected the key on its way protects it here too, unless another is given. */
async function passphraseHere({ world, given, output }: Call, foreign: PrivateText, secrets: Passphrases): Promise<string> {
  const purpose = { key: 'any', name: 'imported key', fresh: true } as const;
  const another = given.text('new-passphrase-file') ?? given.text('new-passphrase-fd');
  if (another !== undefined) return passphrases(world, given, output, 'new-').get(purpose);
  return foreign.passphrase ?? secrets.get(purpose);
}
