// `key import`: a private key in PEM, the notary client's files included, or a key file of another machine.
import { importPrivatePem, KeyError, keyFolder, type LocalSigner, openKeyFile, openKeyText, readKeyFileHeader } from '@countersign/signers';
import { foldersOf } from '../folders.ts';
import { typedLater } from '../given.ts';
import { keyFacts, keyName } from '../local-keys.ts';
import { type Passphrases, passphrases } from '../passphrase.ts';
import { givenPath, readGivenFile } from '../read-file.ts';
import type { Call, Handler } from '../tree/spec.ts';

const LONGEST = 65_536;

/** A key as it came, and what is known of it. */
interface Foreign {
  readonly signer: LocalSigner;
  /** What protected it on its way, if anything did. */
  readonly passphrase: string | undefined;
  readonly label: string | undefined;
}

export const keyImport: Handler = async (call) => {
  const { world, given, output } = call;
  const folder = keyFolder(foldersOf(world, given.text('trust-dir')).keys);
  const secrets = passphrases(world, given, output);
  const foreign = await openForeign(call, secrets);
  const [standing] = await folder.find(foreign.signer.key.keyid);
  if (standing !== undefined) {
    throw new KeyError('exists', `key ${keyName(standing)} is here already`, { details: { path: standing.path } });
  }
  const passphrase = await passphraseHere(call, foreign, secrets);
  const label = given.text('label') ?? foreign.label;
  const entry = await typedLater('--label', () => folder.add(foreign.signer, passphrase, { create: 'refuse', label }));
  output.say(`imported key ${keyName(entry)} to ${entry.path}`);
  return { facts: { key: keyFacts(entry) }, text: entry.key.fingerprint };
};

async function openForeign({ world, given }: Call, secrets: Passphrases): Promise<Foreign> {
  const name = given.argument('file');
  const bytes = await readGivenFile(world, name, LONGEST);
  const text = new TextDecoder().decode(bytes);
  const purpose = { key: 'any', name: `key in ${name}`, fresh: false } as const;
  if (name === '-' && text.trimStart().startsWith('{')) {
    const passphrase = await secrets.get(purpose);
    return { ...(await openKeyText(bytes, passphrase, 'the key file on stdin')), passphrase };
  }
  if (text.trimStart().startsWith('{')) {
    const path = givenPath(world, name);
    const { label } = await readKeyFileHeader(path);
    const passphrase = await secrets.get(purpose);
    return { signer: await openKeyFile(path, passphrase), passphrase, label };
  }
  try {
    return { signer: importPrivatePem(text), passphrase: undefined, label: undefined };
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    if (error.code === 'damaged') throw noKeyIn(name, error);
    if (error.code !== 'wrong-passphrase') throw error;
  }
  const passphrase = await secrets.get(purpose);
  return { signer: importPrivatePem(text, { passphrase }), passphrase, label: undefined };
}

const noKeyIn = (name: string, cause: KeyError): KeyError =>
  new KeyError('damaged', `${name === '-' ? 'stdin' : name.slice(0, 80)}: ${cause.message}`, { cause, details: cause.details });

/** The passphrase that protected the key on its way protects it here too, unless another is given. */
async function passphraseHere({ world, given, output }: Call, foreign: Foreign, secrets: Passphrases): Promise<string> {
  const purpose = { key: 'any', name: 'imported key', fresh: true } as const;
  const another = given.text('new-passphrase-file') ?? given.text('new-passphrase-fd');
  if (another !== undefined) return passphrases(world, given, output, 'new-').get(purpose);
  return foreign.passphrase ?? secrets.get(purpose);
}
