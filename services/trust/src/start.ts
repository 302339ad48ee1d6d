// Puts a trust server together, in the order in which its parts need each other, and takes it apart in the other order.
import { dirname } from 'node:path';
import type { Cryptography, Instant } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import type { MetadataStore, RepositoryRef } from '@countersign/store';
import { isWildcard, urlHost } from './address.ts';
import { certificateNames } from './certificate-names.ts';
import { unwatchedClock, watchClock } from './clock-watch.ts';
import { Condition } from './condition.ts';
import type { ServerConfig } from './config.ts';
import { Counts } from './counts.ts';
import { DIALECTS } from './dialects.ts';
import { authorizerOf } from './docker-token/authorizer.ts';
import { edge } from './edge.ts';
import { front } from './front.ts';
import type { HighWater } from './high-water.ts';
import { Horizon } from './horizon.ts';
import { InTurn, Shared } from './in-turn.ts';
import { knowingRoots } from './known-roots.ts';
import { LastChanges } from './last-changes.ts';
import { listen, listenPlain } from './listener.ts';
import { type Logger, silentLog } from './log.ts';
import { metricsFront } from './metrics-listener.ts';
import { Moved } from './moved.ts';
import { accessOf } from './open-access.ts';
import { openMarksBeside } from './open-marks.ts';
import { openStore } from './open-store.ts';
import type { ProcessNumbers } from './process-numbers.ts';
import { RateLimiter } from './rate-limit.ts';
import { ReadyAnswers } from './ready.ts';
import { keyOf } from './repository.ts';
import { ownNumbers } from './routes/metrics.ts';
import type { ServerKeyring } from './server-keys.ts';
import { openKeys } from './signing/open-keys.ts';
import { ownKeys } from './signing/own-keys.ts';
import { openSpans, type Variables } from './spans/open-spans.ts';
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
  /** Given what tells the numbers of this process, tells those of all that serve this address; without it, there is this one alone. */
  siblings?(own: () => Promise<ProcessNumbers>): () => Promise<readonly ProcessNumbers[]>;
  /** In place of Node's: for who counts what is asked of it. */
  readonly crypto?: Cryptography;
  /** The environment, for the variables of OpenTelemetry; without it none of them counts. */
  readonly variables?: Variables;
  now(): Instant;
  /** Milliseconds from any moment, sleep included, which nobody can set: `now` is watched against it. Without it, `now` is believed. */
  elapsed?(): number;
  readonly log: Logger | 'silent';
  /** Called as each publish begins. */
  onPublish?(): void;
  /**
   * Called once when nobody knows any more what is stored and the store cannot be opened anew in this process: tell it and end the
   * process, so that the next start reads what is there. Until then reads go on, and writes are refused.
   */
  onFatal(error: Error): void;
}

export interface TrustServer {
  /** `http://127.0.0.1:4443`, without a slash at the end. */
  readonly url: string;
  /** Where the numbers are read, when they have an address of their own. */
  readonly metricsUrl?: string;
  /** Reads the files of its certificate again. What does not work changes nothing but the log. */
  reload?(): Promise<void>;
  /** Takes no more requests, finishes those under way and their writes, and closes what it opened. May be called again. */
  close(): Promise<void>;
}

const OLDER_FILES_AT_ONCE = 8;
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
    const listener = await listen(config, world.spans.around(front(world, edge(world))), world.log);
    closers.push(() => listener.close(PATIENCE));
    const metrics = config.metricsListen === undefined ? undefined : await listenPlain(config.metricsListen, metricsFront(world));
    if (metrics !== undefined) closers.push(() => metrics.close(0));
    world.log.info({ url: listener.url, data: config.data, ...(metrics === undefined ? {} : { metrics: metrics.url }) }, 'listening');
    const announced = world.condition.announce();
    closers.push(() => announced);
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      closing ??= closeAll();
      await closing;
    };
    const reload = async (): Promise<void> => {
      await Promise.all([listener.reload(), world.keys.reload()]);
    };
    return { url: listener.url, reload, ...(metrics === undefined ? {} : { metricsUrl: metrics.url }), close };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function open(
  {
    config,
    store: given,
    keyring: held,
    marks: kept,
    siblings,
    crypto,
    variables,
    now,
    elapsed,
    log: logger,
    onPublish,
    onFatal,
  }: TrustServerOptions,
  closers: (() => Promise<void>)[],
): Promise<World> {
  const log = logger === 'silent' ? silentLog() : logger;
  const access = await accessOf(config, now(), log);
  const spans = await openSpans(config.traces, variables ?? {}, log);
  closers.push(() => spans.close());
  const store = given ?? (await openStore(config));
  if (given === undefined) closers.push(() => store.close());
  const marks = kept ?? (await openMarksBeside(store, config));
  if (kept === undefined) closers.push(() => marks.close());
  const keys = held === undefined ? await openKeys(config, store, log) : ownKeys(held);
  closers.push(async () => keys.close());
  const ready = new ReadyAnswers(config.readyMemory);
  const condition = new Condition({
    store,
    marks,
    clock: elapsed === undefined ? unwatchedClock : watchClock(now, elapsed),
    log,
    signer: keys,
    folders: [...(given === undefined ? [config.data] : []), dirname(config.highWater)],
    onRecovered: () => ready.dropAll(),
    onFatal,
  });
  closers.push(() => condition.close());
  const world: World = {
    store,
    marks,
    access,
    authorize: authorizerOf(access),
    notary: config.notary,
    log,
    now,
    onPublish,
    keys,
    ready,
    moved: await movedOf(store, ready, log),
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
    olderFiles: new Weighed(OLDER_FILES_AT_ONCE),
    lifetimes: config.lifetimes,
    crypto: crypto ?? nativeCryptography(),
    dialects: { tuf: knowingRoots(DIALECTS.tuf), notary: knowingRoots(DIALECTS.notary) },
    condition,
    rates: new RateLimiter(config.rates, access, now),
    counts: new Counts(),
    spans,
    horizon: new Horizon(),
    siblings: siblings?.(() => ownNumbers(world)),
  };
  return world;
}

async function movedOf(store: MetadataStore, ready: ReadyAnswers, log: Logger): Promise<Moved | undefined> {
  if (store.movedSince === undefined) return undefined;
  const shared = { movedSince: store.movedSince.bind(store) };
  const { now } = await shared.movedSince(undefined);
  const forget = (moved: readonly RepositoryRef[] | 'many'): void => {
    if (moved === 'many') ready.dropAll();
    else for (const repository of moved) ready.drop(keyOf(repository));
  };
  return new Moved(shared, now, forget, {
    begun: (error) =>
      log.error({ err: error, trouble: 'store-unreachable' }, 'the store does not answer: reads go on from what is kept ready'),
    over: () => log.info({ trouble: 'store-unreachable' }, 'the store answers again'),
  });
}
