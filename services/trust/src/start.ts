// Puts a trust server together, in the order in which its parts need each other, and takes it apart in the other order.
import { dirname, join } from 'node:path';
import type { Instant } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { loadMasterKey } from '@countersign/signers';
import { type MetadataStore, openLevelStore, type RepositoryRef } from '@countersign/store';
import { type Access, eitherAccess, openAccess, readAccessFile } from './access.ts';
import { isWildcard, urlHost } from './address.ts';
import { certificateNames } from './certificate-names.ts';
import { unwatchedClock, watchClock } from './clock-watch.ts';
import { Condition } from './condition.ts';
import type { ServerConfig } from './config.ts';
import { DIALECTS } from './dialects.ts';
import { authorizerOf } from './docker-token/authorizer.ts';
import { readBundleFile } from './docker-token/bundle.ts';
import { inForce } from './docker-token/certificate.ts';
import { tokenAccess } from './docker-token/token-access.ts';
import { edge } from './edge.ts';
import { StartError } from './errors.ts';
import { front } from './front.ts';
import { type HighWater, openHighWater } from './high-water.ts';
import { InTurn, Shared } from './in-turn.ts';
import { knowingRoots } from './known-roots.ts';
import { LastChanges } from './last-changes.ts';
import { listen } from './listener.ts';
import { type Logger, silentLog } from './log.ts';
import { Moved } from './moved.ts';
import { ReadyAnswers } from './ready.ts';
import { keyOf } from './repository.ts';
import { currentGeneration, type ServerKeyring, serverKeyring } from './server-keys.ts';
import { allowedHosts } from './web-safety.ts';
import { Weighed } from './weighed.ts';
import type { World } from './world.ts';

export interface TrustServerOptions {
  readonly config: ServerConfig;
  /** A store that is open already, in place of the one in the data folder; whoever opened it closes it, after the server. */
  readonly store?: MetadataStore;
  /** Keys that are held elsewhere, in place of those that follow from the master secret. */
  readonly keyring?: ServerKeyring;
  /** Marks that another process keeps, in place of the file; whoever opened them closes them, after the server. */
  readonly marks?: HighWater;
  now(): Instant;
  /** Milliseconds from any moment, sleep included, which nobody can set: `now` is watched against it. Without it, `now` is believed. */
  elapsed?(): number;
  readonly log: Logger | 'silent';
  /**
   * Called once when nobody knows any more what is stored and the store cannot be opened anew in this process: tell it and end the
   * process, so that the next start reads what is there. Until then reads go on, and writes are refused.
   */
  onFatal(error: Error): void;
}

export interface TrustServer {
  /** `http://127.0.0.1:4443`, without a slash at the end. */
  readonly url: string;
  /** Takes no more requests, finishes those under way and their writes, and closes what it opened. May be called again. */
  close(): Promise<void>;
}

// A client that reads its answer slowly must not keep a server from stopping.
const PATIENCE = 10_000;

/**
 * Starts a trust server.
 *
 * @throws StartError, StoreError (`locked` when another process has the data folder), KeyError for the master key
 */
export async function startTrustServer(options: TrustServerOptions): Promise<TrustServer> {
  const { config } = options;
  const closers: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    const close = closers.pop();
    if (close === undefined) return;
    // One that fails must not keep the others open: the next start needs the folder.
    await close().finally(closeAll);
  };
  try {
    const world = await open(options, closers);
    closers.push(async () => {
      await world.writes.idle();
      await world.refreshes.idle();
    });
    const listener = await listen(config, front(world, edge(world)));
    closers.push(() => listener.close(PATIENCE));
    world.log.info({ url: listener.url, data: config.data }, 'listening');
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      closing ??= closeAll();
      await closing;
    };
    return { url: listener.url, close };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function open(
  { config, store: given, keyring: held, marks: kept, now, elapsed, log: logger, onFatal }: TrustServerOptions,
  closers: (() => Promise<void>)[],
): Promise<World> {
  const log = logger === 'silent' ? silentLog() : logger;
  const access = await accessOf(config, now(), log);
  const store = given ?? (await openLevelStore(join(config.data, 'store')));
  if (given === undefined) closers.push(() => store.close());
  const marks = kept ?? (await openHighWater(config.highWater, () => checkNoMarksNeeded(config, store)));
  if (kept === undefined) closers.push(() => marks.close());
  const keyring = held ?? (await openKeyring(config, store));
  const ready = new ReadyAnswers(config.readyMemory);
  const condition = new Condition({
    store,
    marks,
    clock: elapsed === undefined ? unwatchedClock : watchClock(now, elapsed),
    log,
    folders: [...(given === undefined ? [config.data] : []), dirname(config.highWater)],
    onRecovered: () => ready.dropAll(),
    onFatal,
  });
  closers.push(() => condition.close());
  return {
    store,
    marks,
    access,
    authorize: authorizerOf(access),
    notary: config.notary,
    log,
    now,
    keyring,
    ready,
    moved: await movedOf(store, ready),
    changes: new LastChanges(),
    writes: new InTurn(),
    reviews: new Weighed(config.limits.uploadBytes),
    refreshes: new Shared(),
    hosts: allowedHosts([
      ...(isWildcard(config.listen.host) ? [] : [urlHost(config.listen.host)]),
      ...(config.tls === undefined ? [] : await certificateNames(config.tls.cert)),
      ...config.allowedHosts,
    ]),
    limits: config.limits,
    uploads: { limit: config.uploadMemory, used: 0 },
    answers: { limit: config.answerMemory, used: 0 },
    lifetimes: config.lifetimes,
    crypto: nativeCryptography(),
    dialects: { tuf: knowingRoots(DIALECTS.tuf), notary: knowingRoots(DIALECTS.notary) },
    condition,
  };
}

/** Marks for several processes to share: the store is looked at, and closed again. Throws StartError. */
export async function openMarks(config: ServerConfig): Promise<HighWater> {
  const store: MetadataStore = await openLevelStore(join(config.data, 'store'));
  try {
    if (store.movedSince === undefined) throw new StartError('invalid-config', ONE_PROCESS);
    return await openHighWater(config.highWater, () => checkNoMarksNeeded(config, store));
  } finally {
    await store.close();
  }
}

const ONE_PROCESS = 'workers: wanted 1, because the store in the data folder has room for one process';

async function movedOf(store: MetadataStore, ready: ReadyAnswers): Promise<Moved | undefined> {
  if (store.movedSince === undefined) return undefined;
  const shared = { movedSince: store.movedSince.bind(store) };
  const { now } = await shared.movedSince(undefined);
  return new Moved(shared, now, (moved) => {
    if (moved === 'many') ready.dropAll();
    else for (const repository of moved) ready.drop(keyOf(repository));
  });
}

/** Whoever the access file or the issuer of tokens vouches for; anybody where neither is named. */
async function accessOf(config: ServerConfig, now: Instant, log: Logger): Promise<Access> {
  const list = config.access === undefined ? undefined : await readAccessFile(config.access);
  const { auth } = config.notary;
  if (auth === undefined) return list ?? openAccess;
  const bundle = await readBundleFile(auth.rootCertBundle);
  for (const { x509 } of bundle.anchors.filter((anchor) => !inForce(anchor, now)))
    log.warn(
      { file: auth.rootCertBundle, subject: x509.subject, until: x509.validTo },
      'not in force: no token of this certificate is taken',
    );
  const tokens = tokenAccess(auth, bundle);
  return list === undefined ? tokens : eitherAccess(list, tokens);
}

/**
 * The keys of this server. A store that has repositories had a master key: a new one in its place would give every repository keys
 * that no root names, and the first publish would be refused, long after the mistake.
 */
async function openKeyring(config: ServerConfig, store: MetadataStore): Promise<ServerKeyring> {
  const some = await anyRepository(store);
  const usual = some === undefined ? { folder: config.data } : { file: join(config.data, 'master.key') };
  const keyring = serverKeyring(await loadMasterKey(config.masterKeyFile === undefined ? usual : { file: config.masterKeyFile }));
  for await (const repository of store.repositories()) {
    const head = await store.head(repository);
    // One that was imported names the keys of another server until its owner publishes here.
    if (head?.generations.has('timestamp') !== true) continue;
    const { key } = keyring.signer(repository, 'timestamp', currentGeneration(head, 'timestamp'));
    const owner = await store.claimant({ kind: 'server-key', digest: key.fingerprint });
    if (owner === repository.gun) return keyring;
    const text = `the master key is not the one under which ${repository.gun} was published: bring back the one that belongs to this store`;
    throw new StartError('wrong-master-key', text);
  }
  return keyring;
}

/** A store that has repositories had marks: without them, a restored backup would go unnoticed. */
async function checkNoMarksNeeded(config: ServerConfig, store: MetadataStore): Promise<void> {
  const some = config.unsafeNewHighWater ? undefined : await anyRepository(store);
  if (some === undefined) return;
  const text = `${config.highWater} is missing, but the store has ${some.gun} and maybe more: bring the file back from where it was`;
  throw new StartError('missing-marks', text);
}

async function anyRepository(store: MetadataStore): Promise<RepositoryRef | undefined> {
  for await (const repository of store.repositories()) return repository;
  return undefined;
}
