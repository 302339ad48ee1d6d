// Any repository of TUF 1.0, whoever made it: trusted from a root file on, refreshed, searched, and its files fetched.
import { join } from 'node:path';
import {
  type Anchor,
  type Cryptography,
  type Env,
  equalBytes,
  type Gun,
  type Instant,
  type Limits,
  readFloor,
  tuf,
} from '@countersign/core';
import type { HttpClient } from '@countersign/http';
import { openClock } from './clock.ts';
import { type Downloaded, type DownloadPlace, download } from './download.ts';
import { StateError } from './errors.ts';
import { openFloors } from './floor.ts';
import { versionsOf } from './floor-file.ts';
import { makeFolder } from './make-folder.ts';
import { openMemory } from './memory.ts';
import { metadataBase } from './metadata-base.ts';
import type { ReadingOptions } from './options.ts';
import { openPlainFiles } from './plain-files.ts';
import { refreshRepository } from './refresh-repository.ts';
import type { TrustedRepository } from './repository.ts';
import { unwritable } from './state-errors.ts';
import { openStateFolder } from './state-folder.ts';
import { trustedRepository } from './trusted-repository.ts';

export interface TufRepositoryOptions {
  /** What this machine calls it. A repository that is bound to names must have this one among them. */
  readonly name: Gun;
  /** Where its metadata is served: `timestamp.json` and the others lie below. */
  readonly metadata: URL;
  /**
   * An absolute path, made with mode 0700 where there is none. Holds the trusted files under their plain names (`root.json`), and
   * rollback memory in `state`: losing that loses the trust in the repository.
   */
  readonly folder: string;
  /** See `Folders.owner`. */
  readonly owner: number | undefined;
  readonly http: HttpClient;
  readonly crypto: Cryptography;
  readonly limits: Limits;
  /** The clock; read once per refresh. */
  readonly now: () => Instant;
  /** See `ClientOptions.builtAt`. */
  readonly builtAt: Instant;
  readonly random: (length: number) => Uint8Array;
  /** See `ClientOptions.requests`. */
  readonly requests?: 'together' | 'in-order';
}

/** Fresh when it was made. */
export interface TufContent extends TrustedRepository {
  /** See `download`: throws as soon as anything is wrong, and leaves no unverified byte behind. */
  download(path: string, place: DownloadPlace): Promise<Downloaded>;
}

export interface TufRepository {
  /**
   * Trust starts with this root file, which came from somewhere that is trusted, and asks no server. Throws FormatError and TrustError
   * unless it is signed by its own keys, and StateError('conflicting-pin') where trust started before with another one.
   */
  trust(root: Uint8Array): Promise<void>;
  /** Throws what `TrustClient.refresh` throws; TrustError('untrusted-root') before any request when no root was trusted. */
  refresh(): Promise<TufContent>;
}

/** Opens nothing and asks nothing until it is used. The HttpClient stays with whoever made it. */
export function openTufRepository(options: TufRepositoryOptions): TufRepository {
  const { name, folder, owner, crypto, limits, now, builtAt, random, http } = options;
  const state = join(folder, 'state');
  const files = openPlainFiles({ folder, crypto, random }, openFloors({ folder: state, crypto, random, dialect: tuf }));
  const reading: ReadingOptions = {
    crypto,
    limits,
    now,
    folders: { state, cache: folder, owner },
    anchor: async () => anchorOf(name),
    ...(options.requests === undefined ? {} : { requests: options.requests }),
  };
  const world = {
    dialect: tuf,
    options: reading,
    server: metadataBase(options.metadata, http),
    floors: files.floors,
    cache: files.cache,
    clock: openClock({ folder: state, builtAt }),
    memory: openMemory(),
  };

  async function trust(root: Uint8Array): Promise<void> {
    const env: Env = { now: now(), crypto, limits, dialect: tuf };
    const floor = readFloor({ root, pins: [] }, env);
    ensureFolder(folder);
    await openStateFolder(state, owner);
    const remembered = files.floors.open(name, undefined)?.verify(env);
    if (remembered === undefined) await files.floors.write(name, { root, pins: [] }, versionsOf(floor), undefined);
    else if (!equalBytes(remembered.files.root, root)) {
      throw new StateError('conflicting-pin', `${state}: trust started before, and is at root v${remembered.floor.root.content.version}`, {
        details: { path: state },
      });
    }
    await files.settle();
  }

  async function refresh(): Promise<TufContent> {
    ensureFolder(folder);
    const refreshed = await settledAfter(() => refreshRepository(name, world, new Set()));
    const tools = { http, random };
    return { ...trustedRepository(refreshed), download: (path, place) => download(refreshed, path, place, tools) };
  }

  /** How far a refresh came is shown also when it was refused, and the refusal is what counts. */
  async function settledAfter<Result>(act: () => Promise<Result>): Promise<Result> {
    try {
      const result = await act();
      await files.settle();
      return result;
    } catch (error) {
      await files.settle().catch((second: unknown) => {
        if (!(second instanceof StateError)) throw second;
      });
      throw error;
    }
  }

  return { trust, refresh };
}

/** There is no pin: what was trusted is remembered, and without that memory nothing is. */
const anchorOf = (gun: Gun): Anchor => ({ gun, pins: [], minimum: {}, otherwise: 'refuse', binding: 'optional' });

function ensureFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    throw unwritable(folder, error);
  }
}
