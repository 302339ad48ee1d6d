// `init`: begins a repository. Keys are on the disk before anything is published, because a repository whose keys were lost with
// a crash could never be signed again.
import { PublishError, pinnedText, StateError } from '@countersign/client';
import { type PublicKey, STANDARD_LIMITS } from '@countersign/core';
import { generateSigner, type KeyEntry, keyFolder, type LocalSigner } from '@countersign/signers';
import { metadataUrl } from '../compose/metadata-url.ts';
import type { Trust } from '../compose/opened.ts';
import { pinStore } from '../compose/pins.ts';
import { statusError } from '../compose/server-status.ts';
import { withTrust } from '../compose/trust.ts';
import { UsageError } from '../errors.ts';
import { keyCalled, keyFacts, openLocalKey } from '../local-keys.ts';
import { typedGun } from '../names.ts';
import type { Passphrases } from '../passphrase.ts';
import { secretsOf } from '../signing-keys.ts';
import type { Call, Handler } from '../tree/spec.ts';

interface Held {
  readonly entry: KeyEntry;
  readonly signer: LocalSigner;
}

export const initCommand: Handler = async (call) => {
  const { given, output } = call;
  const gun = typedGun(given.argument('gun'));
  const threshold = given.whole('threshold', 1) ?? 1;
  const rootKeys = given.texts('root-key');
  const many = Math.max(1, new Set(rootKeys).size);
  if (threshold > many)
    throw new UsageError('bad-arguments', `--threshold ${threshold} can never be met by ${many} root key${many === 1 ? '' : 's'}`);
  const otherNames = given.texts('name').map(typedGun);
  return withTrust(call, gun, 'new', async (trust) => {
    await refuseExisting(trust);
    const secrets = secretsOf(call);
    const root: Held[] = [];
    for (const words of rootKeys) root.push(await existing(call, trust, words, 'root', secrets));
    if (root.length === 0) root.push(await fresh(call, trust, 'root', secrets));
    const named = given.text('repository-key');
    const repository =
      named === undefined ? await fresh(call, trust, 'repository', secrets) : await existing(call, trust, named, 'repository', secrets);
    const signing = { keys: [repository.signer.key], threshold: 1 };
    const published = await trust.client.publish(
      gun,
      {
        kind: 'init',
        root: { keys: distinct(root), threshold },
        targets: signing,
        releases: signing,
        otherNames,
        morePaths: given.texts('path'),
      },
      [...root.map(({ signer }) => signer), repository.signer],
    );
    const pinned = { pin: published.pin, minimum: {} };
    const pin = pinnedText(pinned);
    await pinStore(trust.folders).write(gun, pinned);
    output.say(`began ${gun} at ${trust.server.url.host}`);
    for (const { entry } of root) output.say(`  root key        ${entry.path}`);
    output.say(`  repository key  ${repository.entry.path}`);
    output.say('Keep a copy of the root key file away from this machine: without it, no lost key can ever be replaced.');
    output.say(`Consumers pin this root:  countersign trust pin ${gun} ${pin}`);
    const keys = { rootKeys: root.map(({ entry }) => keyFacts(entry)), repositoryKey: keyFacts(repository.entry) };
    return { facts: { gun, pin, repository: published.repository, ...keys, server: trust.server.url.href }, text: pin };
  });
};

const distinct = (held: readonly Held[]): readonly PublicKey[] => [
  ...new Map(held.map(({ signer }) => [signer.key.fingerprint, signer.key])).values(),
];

/** Throws before any key is made: PublishError `exists`, StateError `conflicting-pin`, and whatever keeps the server from answering. */
async function refuseExisting({ gun, http, server, authorization, folders }: Trust): Promise<void> {
  const standing = await pinStore(folders).read(gun);
  if (standing !== undefined) {
    throw new StateError('conflicting-pin', `${gun} is pinned already, to ${pinnedText(standing)}`, {
      details: { got: pinnedText(standing) },
    });
  }
  const headers = authorization === undefined ? {} : { headers: { authorization } };
  const reply = await http.send({
    method: 'GET',
    url: metadataUrl(server.url, gun, '1.root.json'),
    ...headers,
    maxLength: STANDARD_LIMITS.rootBytes,
    redirects: 'refuse',
  });
  if (reply.status === 200) throw new PublishError('exists', `${gun} is at ${server.url.host} already`);
  if (reply.status !== 404) throw statusError(server.url, 'no such repository yet', reply.status);
}

const LONGEST_LABEL = 64;

async function fresh({ output }: Call, { gun, folders }: Trust, kind: 'root' | 'repository', secrets: Passphrases): Promise<Held> {
  const signer = generateSigner('ed25519');
  const passphrase = await secrets.get({ key: kind, name: `new ${kind} key`, fresh: true });
  const whole = `${kind} ${gun}`;
  const label = whole.length <= LONGEST_LABEL ? whole : `${whole.slice(0, LONGEST_LABEL - 1)}…`;
  const entry = await keyFolder(folders.keys).add(signer, passphrase, { create: 'refuse', label });
  output.progress(`made a ${kind} key`);
  return { entry, signer };
}

async function existing(
  { world }: Call,
  { folders }: Trust,
  words: string,
  kind: 'root' | 'repository',
  secrets: Passphrases,
): Promise<Held> {
  const entry = await keyCalled(keyFolder(folders.keys), words);
  return { entry, signer: (await openLocalKey(world, entry, secrets, kind)).signer };
}
