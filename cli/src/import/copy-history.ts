// The versions before those that readers are led to. An old server answers for them by number, with gaps; what snapshots and timestamps
// of that time name, and no number found, is asked for by hash.
import {
  type Env,
  FormatError,
  type Gun,
  type Hashes,
  type ImportFile,
  isTopLevel,
  parseVersion,
  ROOT,
  type RoleName,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
  TrustError,
  type Version,
} from '@countersign/core';
import { inParallel } from '../fleet/in-parallel.ts';
import { type Copied, hexOf, inOrder, MOST_BYTES, MOST_FILES } from './copied.ts';
import type { OldServer } from './old-server.ts';

const AT_ONCE = 8;
/** So many numbers in a row without a file, and no further ones are asked for: a server may claim any version, and have none below. */
const WIDEST_GAP = 64;

export interface HistoryOptions {
  readonly server: OldServer;
  readonly env: Env;
  /** What was copied before. */
  readonly have: (role: RoleName, version: Version) => Promise<Uint8Array | undefined>;
  readonly progress: (count: number) => void;
}

/** `copied` with everything before it. Throws TrustError `limit`, and what asking throws. */
export async function copyHistory(copied: Copied, options: HistoryOptions): Promise<Copied> {
  const history = new History(copied, options);
  for (const role of [TIMESTAMP, SNAPSHOT, TARGETS]) await history.numbered(role);
  // Roles that lead to further ones come first: their old files may name roles that are gone.
  for (let done = new Set<RoleName>(); ; ) {
    const next = [...history.delegated].filter((role) => !done.has(role));
    if (next.length === 0) break;
    done = new Set([...done, ...next]);
    for (const role of next) await history.numbered(role);
  }
  await history.named();
  return { ...copied, files: inOrder([...history.files.values()]), problems: [...copied.problems, ...history.problems] };
}

class History {
  readonly files: Map<string, ImportFile> = new Map();
  readonly delegated: Set<RoleName> = new Set();
  readonly problems: string[] = [];
  readonly #gun: Gun;
  readonly #current: Copied['current'];
  readonly #options: HistoryOptions;
  readonly #wanted: Map<string, { readonly role: RoleName; readonly hashes: Hashes | undefined }> = new Map();
  readonly #digests: Set<string> = new Set();
  #bytes = 0;

  constructor(copied: Copied, options: HistoryOptions) {
    this.#gun = copied.gun;
    this.#current = copied.current;
    this.#options = options;
    for (const file of copied.files) this.#add(file);
  }

  /** Every version of a role that a number finds: down from the newest, or, of a role that is gone, up from the first. */
  async numbered(role: RoleName): Promise<void> {
    const newest = this.#current.get(role);
    let gap = 0;
    for (let at = newest === undefined ? 1 : newest - 1; at >= 1 && gap < WIDEST_GAP; ) {
      const step = newest === undefined ? 1 : -1;
      const numbers = Array.from({ length: AT_ONCE }, (_, index) => at + step * index).filter((number) => number >= 1);
      at += step * AT_ONCE;
      const versions = numbers.map((number) => parseVersion(number, 'version'));
      const found = await inParallel(versions, AT_ONCE, (version) => this.#ask(role, version));
      for (const file of found) {
        gap = file === undefined ? gap + 1 : 0;
        if (file !== undefined) this.#add(file);
      }
      if (gap >= WIDEST_GAP && newest !== undefined && at >= 1) {
        this.problems.push(`${this.#gun}: ${role}: none of v${at + gap} to v${at + 1} is served, older ones were not asked for`);
      }
    }
  }

  /** What files of that time name by hash, and no number found. */
  async named(): Promise<void> {
    const { server, env } = this.#options;
    const missing = [...this.#wanted].filter(([hex]) => !this.#digests.has(hex));
    await inParallel(missing, AT_ONCE, async ([hex, { role }]) => {
      const bytes = await server.get(this.#gun, `${role}.${hex}.json`, longest(role, env));
      if (bytes === undefined) return;
      if (hexOf(bytes) !== hex) {
        this.problems.push(`${this.#gun}: ${role}.${hex.slice(0, 16)}….json has another hash than its name`);
        return;
      }
      const version = versionOf(role, bytes, env);
      if (version !== undefined && !this.files.has(`${version} ${role}`)) this.#add({ role, version, bytes });
    });
  }

  async #ask(role: RoleName, version: Version): Promise<ImportFile | undefined> {
    const { server, env, have } = this.#options;
    if (this.files.has(`${version} ${role}`)) return this.files.get(`${version} ${role}`);
    const bytes = (await have(role, version)) ?? (await server.get(this.#gun, `${version}.${role}.json`, longest(role, env)));
    return bytes && { role, version, bytes };
  }

  #add(file: ImportFile): void {
    const { role, version, bytes } = file;
    if (this.files.has(`${version} ${role}`)) return;
    this.files.set(`${version} ${role}`, file);
    this.#digests.add(hexOf(bytes));
    this.#bytes += bytes.length;
    if (this.files.size > MOST_FILES || this.#bytes > MOST_BYTES)
      throw new TrustError('limit', `${this.#gun}: more than ${MOST_FILES} files, or ${MOST_BYTES} bytes, are not copied`);
    this.#options.progress(this.files.size);
    this.#learn(file);
  }

  /** Which other files this one names. What cannot be read names none, and is kept as it is. */
  #learn({ role, bytes }: ImportFile): void {
    const { env } = this.#options;
    try {
      if (role === TIMESTAMP) this.#want(SNAPSHOT, env.dialect.parse('timestamp', role, bytes, env).content.snapshot.hashes);
      else if (role === SNAPSHOT)
        for (const [name, { hashes }] of env.dialect.parse('snapshot', role, bytes, env).content.meta) this.#want(name, hashes);
      else if (role !== ROOT)
        for (const { name } of env.dialect.parse('targets', role, bytes, env).content.delegations?.roles ?? []) this.delegated.add(name);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }

  #want(role: RoleName, hashes: Hashes | undefined): void {
    const hex = hashes?.get('sha256');
    if (role === ROOT || hex === undefined) return;
    if (!isTopLevel(role)) this.delegated.add(role);
    this.#wanted.set(hex, { role, hashes });
  }
}

function longest(role: RoleName, { limits }: Env): number {
  if (role === TIMESTAMP) return limits.timestampBytes;
  return role === SNAPSHOT ? limits.snapshotBytes : limits.targetsBytes;
}

function versionOf(role: RoleName, bytes: Uint8Array, env: Env): Version | undefined {
  try {
    const kind = role === SNAPSHOT ? 'snapshot' : 'targets';
    return env.dialect.parse(kind, role, bytes, env).content.version;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
