// `import docker-trust`: what a machine has that used docker trust or notary: private keys, and what it believed of repositories.
import { randomBytes } from 'node:crypto';
import { type LocalMemory, localRepositories, rememberLocal } from '@countersign/client';
import { CountersignError, formatPin, type RootPin, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { KeyError, type KeyFolder, keyFolder, listNotaryKeys, type NotaryKeyFile, notaryLabel, openNotaryKey } from '@countersign/signers';
import { pinStore } from '../compose/pins.ts';
import { counted } from '../counted.ts';
import { CommandError, UsageError } from '../errors.ts';
import { type Folders, foldersOf } from '../folders.ts';
import { keyName } from '../local-keys.ts';
import type { Outcome } from '../output.ts';
import { type Passphrases, type Purpose, passphrases } from '../passphrase.ts';
import { givenPath } from '../read-file.ts';
import { table } from '../table.ts';
import type { Call, Handler } from '../tree/spec.ts';
import { withPath } from '../with-path.ts';

const TRIES = 3;

interface Row {
  readonly what: 'key' | 'repository';
  readonly name: string;
  readonly outcome: 'imported' | 'already' | 'failed';
  readonly detail: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export const importDockerTrust: Handler = async (call) => {
  const { world, given, output } = call;
  const path = givenPath(world, given.argument('folder'));
  const folders = foldersOf(world, given.text('trust-dir'));
  const keys = await withPath(path, () => listNotaryKeys(path));
  const local = localRepositories(path);
  for (const { message } of [...keys.unusable, ...local.unusable]) output.say(`left out: ${message}`);
  if (keys.keys.length === 0 && local.repositories.length === 0)
    throw new UsageError('bad-arguments', `${path} holds neither keys nor metadata of notary or docker trust`, {
      next: 'name the trust folder itself: ~/.docker/trust, or ~/.notary',
    });
  for (const { gun, staged } of local.repositories)
    if (staged > 0) output.say(`notice: ${gun} has ${counted(staged, 'change')} never published and not taken`);

  const rows: Row[] = [];
  for (const repository of local.repositories) rows.push(await remembered(call, folders, repository));
  const secrets = secretsFor(call);
  const folder = keyFolder(folders.keys);
  for (const key of keys.keys) rows.push(await importedKey(call, folder, key, secrets));
  return conclude(rows, [...keys.unusable, ...local.unusable]);
};

/** Repositories first: they need no passphrase. */
async function remembered({ world }: Call, folders: Folders, repository: Parameters<typeof rememberLocal>[0]): Promise<Row> {
  const { gun } = repository;
  try {
    const memory = await rememberLocal(repository, {
      state: folders.state,
      owner: world.userId,
      crypto: nativeCryptography(),
      limits: STANDARD_LIMITS,
      random: (length) => randomBytes(length),
      now: world.now(),
    });
    const store = pinStore(folders, 'notary');
    const standing = (await store.read(gun))?.pin;
    // A pin that a person set stays: it may be of the first root, which says more.
    if (standing === undefined) await store.write(gun, { pin: memory.pin, minimum: {} });
    return repositoryRow(memory, standing);
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    return {
      what: 'repository',
      name: gun,
      outcome: 'failed',
      detail: error.message,
      facts: { gun, code: error.code, message: error.message },
    };
  }
}

function repositoryRow({ gun, pin, versions, outcome }: LocalMemory, standing: RootPin | undefined): Row {
  const text = formatPin(standing ?? pin);
  const seen = [...versions].map(([role, version]) => `${role} v${version}`).join(' ');
  const detail = outcome === 'already' ? 'this machine remembers it already' : seen;
  return {
    what: 'repository',
    name: gun,
    outcome: outcome === 'already' ? 'already' : 'imported',
    detail,
    facts: { gun, pin: text, versions: Object.fromEntries(versions) },
  };
}

interface Secrets {
  readonly old: Passphrases;
  /** A passphrase of its own for the keys as they lie here; the one they had unless given. */
  readonly fresh: Passphrases | undefined;
}

function secretsFor({ world, given, output }: Call): Secrets {
  const another = given.text('new-passphrase-file') ?? given.text('new-passphrase-fd');
  return { old: passphrases(world, given, output), fresh: another === undefined ? undefined : passphrases(world, given, output, 'new-') };
}

async function importedKey(call: Call, folder: KeyFolder, file: NotaryKeyFile, secrets: Secrets): Promise<Row> {
  const label = notaryLabel({ role: file.role, gun: file.gun, path: undefined });
  const name = `${label ?? 'key'} ${file.keyid.slice(0, 16)}`;
  const facts = { notary: file.keyid, role: file.role, ...(file.gun === undefined ? {} : { gun: file.gun }) };
  try {
    const { signer, passphrase } = await opened(call, file, secrets.old, name);
    const [standing] = await folder.find(signer.key.keyid);
    if (standing !== undefined)
      return { what: 'key', name, outcome: 'already', detail: keyName(standing), facts: { ...facts, fingerprint: signer.key.fingerprint } };
    const purpose = { key: 'any', name: `imported ${name}`, fresh: true } as const;
    const here = secrets.fresh === undefined ? (passphrase ?? (await secrets.old.get(purpose))) : await secrets.fresh.get(purpose);
    const entry = await folder.add(signer, here, { create: 'refuse', label });
    return {
      what: 'key',
      name,
      outcome: 'imported',
      detail: keyName(entry),
      facts: { ...facts, fingerprint: entry.key.fingerprint, path: entry.path },
    };
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    return { what: 'key', name, outcome: 'failed', detail: error.message, facts: { ...facts, code: error.code, message: error.message } };
  }
}

/** A passphrase that was typed wrong may be typed again; one that came from elsewhere would only be wrong again. */
async function opened({ world }: Call, file: NotaryKeyFile, secrets: Passphrases, name: string) {
  for (let tries = 1; ; tries += 1) {
    let used: string | undefined;
    try {
      const { signer } = await openNotaryKey(file, async ({ role }) => {
        used = await secrets.get({ key: keyOf(role), name, fresh: false });
        return used;
      });
      return { signer, passphrase: used };
    } catch (error) {
      if (!(error instanceof KeyError && error.code === 'wrong-passphrase' && secrets.asked && tries < TRIES)) throw error;
      world.stderr.write('That passphrase does not open it.\n');
    }
  }
}

/** Which of the passphrases of notary and docker opens the key of a role. */
function keyOf(role: string | undefined): Purpose['key'] {
  if (role === undefined || role === 'root' || role === 'snapshot') return role ?? 'any';
  return role === 'targets' ? 'repository' : 'delegation';
}

function conclude(rows: readonly Row[], unusable: readonly Error[]): Outcome {
  const of = (what: Row['what']) => rows.filter((row) => row.what === what).map(({ outcome, facts }) => ({ outcome, ...facts }));
  const facts = { keys: of('key'), repositories: of('repository'), unusable: unusable.map(({ message }) => message) };
  const text = table(rows.map(({ outcome, what, name, detail }) => [outcome, what, name, detail]));
  const left = rows.filter(({ outcome }) => outcome === 'failed').length + unusable.length;
  if (left === 0) return { facts, text };
  return {
    facts,
    text,
    error: new CommandError('incomplete', `${counted(left, 'thing needs', 'things need')} somebody to look at`),
  };
}
