// `init`: begins a repository: its keys, its first root, and the pin that consumers need.
import { PublishError, type Published, pinnedText, StateError } from '@countersign/client';
import { formatPin } from '@countersign/core';
import { keyFolder } from '@countersign/signers';
import type { Trust } from '../compose/opened.ts';
import { pinStore } from '../compose/pins.ts';
import { servedRoot } from '../compose/served-root.ts';
import { withTrust } from '../compose/trust.ts';
import { counted } from '../counted.ts';
import { UsageError } from '../errors.ts';
import { hostOf } from '../host-of.ts';
import { keyFacts } from '../local-keys.ts';
import { typedGun, typedPattern } from '../names.ts';
import { type ComingKey, knownKey, newKey, publishWith } from '../repository-keys.ts';
import { type RootHolders, rootHolders } from '../root-holders.ts';
import { secretsOf } from '../signing-keys.ts';
import type { Call, Handler } from '../tree/spec.ts';

export const initCommand: Handler = async (call) => {
  const { given, output } = call;
  const gun = typedGun(given.argument('gun'), call);
  const threshold = given.whole('threshold', 1) ?? 1;
  const rootKeys = given.texts('root-key');
  const many = Math.max(1, new Set(rootKeys).size);
  if (threshold > many) throw new UsageError('bad-arguments', `--threshold ${threshold} can never be met by ${counted(many, 'root key')}`);
  const bits = given.whole('bins', 1, MOST_BITS);
  // A mistyped name is told before anything is asked.
  for (const name of given.texts('name')) typedGun(name, call);
  for (const pattern of given.texts('path')) typedPattern('--path', pattern);
  return withTrust(call, gun, 'new', async (trust) => {
    await refuseExisting(trust);
    const { root, repository } = await keysOf(call, trust, threshold);
    const rootEntries = [];
    for (const key of root.here) rootEntries.push(await key.keep());
    const repositoryEntry = await repository.keep();
    const published = await publishWith(output, keyFolder(trust.folders.keys), [...root.here, repository], () =>
      publishFirst(call, trust, { root, repository }, { threshold, bits }),
    );
    const pinned = { pin: published.pin, minimum: {} };
    const pin = pinnedText(pinned);
    output.say(`began ${gun} at ${trust.server.url.host}`);
    for (const { uri, path } of rootEntries) output.say(`  root key        ${uri ?? path}`);
    output.say(`  repository key  ${repositoryEntry.uri ?? repositoryEntry.path}`);
    output.say('Keep a copy of the root key file away from this machine: without it, no lost key can ever be replaced.');
    output.say(`Consumers pin this root:  ${pinCommand(trust, pin)}`);
    await pinStore(trust.folders, trust.dialect.name).write(gun, pinned);
    const keys = { rootKeys: rootEntries.map(keyFacts), repositoryKey: keyFacts(repositoryEntry) };
    return { facts: { gun, pin, repository: published.repository, ...keys, server: trust.server.url.href }, text: pin };
  });
};

interface Keys {
  readonly root: RootHolders;
  readonly repository: ComingKey;
}

async function keysOf(call: Call, trust: Trust, threshold: number): Promise<Keys> {
  const { world, given } = call;
  const { folders } = trust;
  const secrets = secretsOf(call);
  const folder = keyFolder(folders.keys);
  const root = await rootHolders(call, trust, threshold, secrets);
  const named = given.text('repository-key');
  const repository =
    named === undefined ? await newKey(folder, trust, 'repository', secrets) : await knownKey(world, folder, named, 'repository', secrets);
  return { root, repository };
}

// 1024 bins: a search reads one of them, but every snapshot lists them all.
const MOST_BITS = 10;

interface Shape {
  readonly threshold: number;
  readonly bits: number | undefined;
}

function publishFirst(call: Call, { client, gun }: Trust, { root, repository }: Keys, { threshold, bits }: Shape): Promise<Published> {
  const { given } = call;
  const signing = { keys: [repository.signer.key], threshold: 1 };
  const change = {
    kind: 'init',
    root: { keys: root.all, threshold },
    targets: signing,
    releases: signing,
    otherNames: given.texts('name').map((name) => typedGun(name, call)),
    morePaths: given.texts('path'),
    ...(bits === undefined ? {} : { binBits: bits }),
  } as const;
  return client.publish(
    gun,
    change,
    [...root.here, repository].map(({ signer }) => signer),
  );
}

/** Throws before any key is made: PublishError `exists`, StateError `conflicting-pin`, and whatever keeps the server from answering. */
async function refuseExisting(trust: Trust): Promise<void> {
  const { gun, dialect, server, folders } = trust;
  const standing = await pinStore(folders, dialect.name).read(gun);
  if (standing !== undefined) {
    const error = new StateError('conflicting-pin', `${gun} is pinned already, to ${pinnedText(standing)}`, {
      details: { got: pinnedText(standing) },
    });
    const next = `it has begun: sign into it. If it is to begin anew, and nobody relies on the old one: countersign trust forget ${gun}${dialect.name === 'tuf' ? '' : ` --dialect ${dialect.name}`}, then again`;
    throw Object.assign(error, { next });
  }
  const root = await servedRoot(trust, 'no such repository yet');
  if (root === undefined) return;
  const error = new PublishError('exists', `${gun} is at ${server.url.host} already`);
  const { keys } = await keyFolder(folders.keys).list();
  const here = new Set(keys.map(({ key }) => key.fingerprint));
  const ours = root.keys.length > 0 && root.keys.every((key) => here.has(key));
  // A beginning whose answer was lost: nobody else can have signed this root, so its pin may be told.
  if (ours) throw Object.assign(error, { next: `it began with the root key of this machine: ${pinCommand(trust, formatPin(root.pin))}` });
  throw error;
}

/** A name without a host is pinned only as the collection it is. */
function pinCommand({ gun, dialect }: Trust, pin: string): string {
  const collection = hostOf(gun) === undefined ? ' --collection' : '';
  return `countersign trust pin ${gun} ${pin}${collection}${dialect.name === 'tuf' ? '' : ` --dialect ${dialect.name}`}`;
}
