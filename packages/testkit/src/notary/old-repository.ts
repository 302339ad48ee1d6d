// A repository of Notary v1 as an old server keeps it: every version of every role, and how that server names them.
import { createHash, randomInt } from 'node:crypto';
import type { NotaryKey } from '@countersign/core';
import { bareKey, notaryFile, plainKeyObject, type RoleKey, rootKey } from './role-key.ts';

const DAY = 86_400_000;

interface Role {
  version: number;
  file: Uint8Array;
}

interface Delegated {
  readonly name: string;
  readonly key: RoleKey;
  readonly entries: Record<string, unknown>;
}

export interface OldRepositoryOptions {
  readonly gun: string;
  /** When everything is signed, in milliseconds. */
  readonly now: number;
  /** A timestamp key that somebody else holds: then there are no timestamps, and whoever holds it signs them. */
  readonly timestampKey?: NotaryKey;
  /** As `timestampKey`. */
  readonly snapshotKey?: NotaryKey;
  /** The name in the root's certificates, where it differs. */
  readonly certified?: string;
  readonly targetsKey?: RoleKey;
}

/** One more version of what it names: 'root' signs anew and rotates the root key, 'targets-key' rotates that of targets. */
export interface Step {
  readonly entry?: string;
  readonly delegate?: string;
  readonly undelegate?: string;
  /** Entries of delegated roles. */
  readonly releases?: readonly (readonly [role: string, entry: string])[];
  readonly rotate?: 'root' | 'targets' | 'snapshot' | 'timestamp';
}

/** Made by `oldRepository`. */
export class OldRepository {
  readonly gun: string;
  /** `N.role.json`, with the slashes of a role. */
  readonly files: Map<string, Uint8Array> = new Map();
  readonly keys: { root: RoleKey; targets: RoleKey; snapshot: RoleKey | NotaryKey; timestamp: RoleKey | NotaryKey };
  readonly #options: OldRepositoryOptions;
  readonly #newest = new Map<string, Role>();
  readonly #delegated = new Map<string, Delegated>();
  readonly #entries: Record<string, unknown> = {};

  constructor(options: OldRepositoryOptions, root: RoleKey) {
    this.gun = options.gun;
    this.#options = options;
    this.keys = {
      root,
      targets: options.targetsKey ?? bareKey(),
      snapshot: options.snapshotKey ?? bareKey(),
      timestamp: options.timestampKey ?? bareKey('ed25519'),
    };
  }

  /** What an old server answers for a name below `_trust/tuf/`. */
  answer(name: string): Uint8Array | undefined {
    const numbered = this.files.get(name);
    if (numbered !== undefined) return numbered;
    const hashed = /^(.+)\.([0-9a-f]{64})\.json$/.exec(name);
    if (hashed === null) return this.#newest.get(name.replace(/\.json$/, ''))?.file;
    const [, role = '', hex = ''] = hashed;
    for (const [file, bytes] of this.files) if (file.endsWith(`.${role}.json`) && sha256(bytes) === hex) return bytes;
    return undefined;
  }

  version(role: string): number {
    return this.#newest.get(role)?.version ?? 0;
  }

  newest(role: string): Uint8Array {
    const found = this.#newest.get(role);
    if (found === undefined) throw new Error(`${this.gun} has no ${role}`);
    return found.file;
  }

  /** Publishes once; the names of the roles that changed, as an upload has them. */
  async publish(step: Step = {}): Promise<ReadonlyMap<string, Uint8Array>> {
    const changed = new Set<string>();
    const first = this.version('root') === 0;
    const before = this.keys.root;
    if (step.rotate === 'root') this.keys.root = await rootKey(this.#options.certified ?? this.gun, this.#options.now);
    if (step.rotate === 'targets') this.keys.targets = bareKey();
    if (step.rotate === 'snapshot') this.keys.snapshot = bareKey();
    if (step.rotate === 'timestamp') this.keys.timestamp = bareKey('ed25519');
    if (first || step.rotate !== undefined) {
      await this.#write('root', this.#root(), before === this.keys.root ? [before] : [before, this.keys.root]);
      changed.add('root');
    }
    if (step.entry !== undefined) this.#entries[step.entry] = entry(step.entry);
    if (step.delegate !== undefined) this.#delegated.set(step.delegate, { name: step.delegate, key: bareKey(), entries: {} });
    if (step.undelegate !== undefined) this.#delegated.delete(step.undelegate);
    const tree = step.delegate ?? step.undelegate;
    const parents = new Set([...(tree === undefined ? [] : [tree.slice(0, tree.lastIndexOf('/'))])]);
    if (first || step.entry !== undefined || step.rotate === 'targets' || parents.has('targets')) {
      await this.#write('targets', this.#targets('targets', this.#entries), [this.keys.targets], first ? 2 : undefined);
      changed.add('targets');
    }
    for (const [role, name] of step.releases ?? []) {
      const delegated = this.#delegated.get(role);
      if (delegated !== undefined) delegated.entries[name] = entry(name);
      parents.add(role);
    }
    for (const role of [...parents].sort()) {
      const delegated = this.#delegated.get(role);
      if (delegated === undefined) continue;
      await this.#write(role, this.#targets(role, delegated.entries), [delegated.key]);
      changed.add(role);
    }
    if ('signer' in this.keys.snapshot) {
      await this.#write('snapshot', { _type: 'Snapshot', meta: this.#meta() }, [this.keys.snapshot], first ? 2 : undefined);
      changed.add('snapshot');
      if ('signer' in this.keys.timestamp) {
        const meta = { snapshot: hashed(this.newest('snapshot')) };
        await this.#write('timestamp', { _type: 'Timestamp', meta }, [this.keys.timestamp], undefined, 14 * DAY);
      }
    }
    return new Map([...changed].map((role) => [role, this.newest(role)]));
  }

  /** Puts a file where the newest of its role is, whatever it says: what a server does that lies. */
  plant(role: string, version: number, file: Uint8Array): void {
    this.files.set(`${version}.${role}.json`, file);
    this.#newest.set(role, { version, file });
  }

  async #write(role: string, words: object, keys: readonly RoleKey[], version?: number, life = 1000 * DAY): Promise<void> {
    const next = version ?? this.version(role) + 1;
    // Go writes nanoseconds, without zeros at their end; a real server hashes what it would have written.
    const fraction = `${randomInt(10_000_000, 100_000_000)}${randomInt(1, 10)}`;
    const expires = `${new Date(this.#options.now + life).toISOString().slice(0, 19)}.${fraction}Z`;
    this.plant(role, next, await notaryFile({ ...words, expires, version: next }, ...keys));
  }

  #root(): object {
    const members = Object.entries(this.keys);
    return {
      _type: 'Root',
      consistent_snapshot: false,
      keys: Object.fromEntries(members.map(([, key]) => [key.keyid, plainKeyObject(key)])),
      roles: Object.fromEntries(members.map(([name, key]) => [name, { keyids: [key.keyid], threshold: 1 }])),
    };
  }

  #targets(role: string, targets: object): object {
    const below = [...this.#delegated.values()].filter(({ name }) => name.slice(0, name.lastIndexOf('/')) === role);
    const keys = Object.fromEntries(below.map(({ key }) => [key.keyid, plainKeyObject(key)]));
    const roles = below.map(({ name, key }) => ({ keyids: [key.keyid], name, paths: [''], threshold: 1 }));
    return { _type: 'Targets', delegations: { keys, roles }, targets: { ...targets } };
  }

  #meta(): object {
    const standing = [...this.#newest].filter(
      ([role]) => !['snapshot', 'timestamp'].includes(role) && (!role.includes('/') || this.#delegated.has(role)),
    );
    return Object.fromEntries(standing.map(([role, { file }]) => [role, hashed(file)]));
  }
}

/** An empty one: the first `publish` is its first. */
export async function oldRepository(options: OldRepositoryOptions): Promise<OldRepository> {
  return new OldRepository(options, await rootKey(options.certified ?? options.gun, options.now));
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const hashed = (bytes: Uint8Array): object => ({
  hashes: { sha256: createHash('sha256').update(bytes).digest('base64'), sha512: createHash('sha512').update(bytes).digest('base64') },
  length: bytes.length,
});
const entry = (name: string): object => ({ hashes: { sha256: createHash('sha256').update(name).digest('base64') }, length: name.length });
