// A repository of TUF as other tools make it: bound to no name, keys of every kind, edited in place and published role by role. Tests
// bend whatever they like before they publish: nothing here checks anything.
import { createHash } from 'node:crypto';
import { encodeCanonical, encodeJson } from '@countersign/core';
import { toJson } from './json.ts';
import { type PlainKey, plainKey } from './keys.ts';

export interface PlainMeta {
  version: number;
  length?: number | undefined;
  hashes?: Record<string, string> | undefined;
}
export interface PlainRoleKeys {
  keyids: string[];
  threshold: number;
  [more: string]: unknown;
}
interface Common {
  _type: string;
  spec_version: string;
  version: number;
  expires: string;
  [more: string]: unknown;
}
export interface PlainRoot extends Common {
  consistent_snapshot?: boolean | undefined;
  keys: Record<string, unknown>;
  roles: Record<string, PlainRoleKeys>;
}
export interface PlainMetaList extends Common {
  meta: Record<string, PlainMeta>;
}
export interface PlainDelegation extends PlainRoleKeys {
  name: string;
  terminating: boolean;
  paths: readonly string[];
}
export interface PlainTargets extends Common {
  targets: Record<string, { length: number; hashes: Record<string, string> }>;
  delegations?: { keys: Record<string, unknown>; roles: PlainDelegation[] };
}

const DAY = 86_400_000;
export const plainTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
/** A path may be `__proto__`. */
const noTargets = (): PlainTargets['targets'] => Object.create(null);
const digest = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex');

export class PlainRepository {
  readonly root: PlainRoot;
  readonly timestamp: PlainMetaList;
  readonly snapshot: PlainMetaList;
  /** `targets` and every delegated role. */
  readonly roles: Map<string, PlainTargets> = new Map();
  /** Who signs a role when it is published next, by key id. */
  readonly signers: Map<string, Map<string, PlainKey>> = new Map();
  /** Every published file of a role; the first has version 1, whatever it says. */
  readonly published: Map<string, Uint8Array[]> = new Map();
  readonly artifacts: Map<string, Uint8Array> = new Map();
  /** Whether snapshot and timestamp state lengths and hashes. */
  statesHashes = false;
  /** What was asked for, in order: role as it stood in the path, and version. */
  readonly requests: (readonly [role: string, version: number | undefined])[] = [];
  /** Path and hash prefix of every file that was asked for. */
  readonly fetched: (readonly [path: string, prefix: string | undefined])[] = [];
  readonly now: number;

  constructor(now: number) {
    this.now = now;
    const common = (_type: string): Common => ({ _type, spec_version: '1.0.31', version: 1, expires: this.expiry(30) });
    this.root = { ...common('root'), consistent_snapshot: true, keys: {}, roles: {} };
    this.timestamp = { ...common('timestamp'), meta: {} };
    this.snapshot = { ...common('snapshot'), meta: {} };
    this.roles.set('targets', { ...common('targets'), targets: noTargets() });
    for (const role of ['root', 'timestamp', 'snapshot', 'targets']) {
      this.root.roles[role] = { keyids: [], threshold: 1 };
      this.addKey(role);
    }
    this.publish('targets', 'snapshot', 'timestamp', 'root');
  }

  /** That many days from now, which may be negative. */
  expiry(days: number): string {
    return plainTime(this.now + days * DAY);
  }

  targets(role = 'targets'): PlainTargets {
    const found = this.roles.get(role);
    if (found === undefined) throw new Error(`no role ${role}`);
    return found;
  }

  signersOf(role: string): Map<string, PlainKey> {
    const found = this.signers.get(role) ?? new Map<string, PlainKey>();
    this.signers.set(role, found);
    return found;
  }

  rootRole(role: string): PlainRoleKeys {
    const found = this.root.roles[role];
    if (found === undefined) throw new Error(`no role ${role}`);
    return found;
  }

  /** Lists a key for a top-level role, or for a role that `delegator` delegates to, and signs with it from now on. */
  addKey(role: string, key: PlainKey = plainKey(), delegator?: string): PlainKey {
    const delegations = delegator === undefined ? undefined : this.targets(delegator).delegations;
    const list = delegator === undefined ? this.rootRole(role) : delegations?.roles.find(({ name }) => name === role);
    const keys = delegations?.keys ?? this.root.keys;
    if (list === undefined) throw new Error(`no delegation to ${role}`);
    if (!list.keyids.includes(key.keyid)) list.keyids.push(key.keyid);
    keys[key.keyid] = key.object;
    this.signersOf(role).set(key.keyid, key);
    return key;
  }

  /** As many new keys as the threshold asks for, and none of the old ones. */
  rotateKeys(role: string): void {
    const list = this.rootRole(role);
    list.keyids = [];
    this.signersOf(role).clear();
    for (let count = 0; count < list.threshold; count += 1) this.addKey(role);
  }

  /** Delegates to a role with a key of its own; the role's file is new unless it was delegated to before. */
  delegate(
    delegator: string,
    name: string,
    options: { readonly paths?: readonly string[]; readonly terminating?: boolean } = {},
  ): PlainKey {
    const { paths = ['*'], terminating = false } = options;
    const from = this.targets(delegator);
    from.delegations ??= { keys: {}, roles: [] };
    from.delegations.roles.push({ name, keyids: [], threshold: 1, terminating, paths });
    const { _type, spec_version } = from;
    if (!this.roles.has(name)) this.roles.set(name, { _type, spec_version, version: 1, expires: this.expiry(30), targets: noTargets() });
    return this.addKey(name, plainKey(), delegator);
  }

  addArtifact(role: string, path: string, content: string, algorithms: readonly string[] = ['sha256']): void {
    const bytes = Buffer.from(content);
    const hashes = Object.fromEntries(algorithms.map((algorithm) => [algorithm, digest(algorithm, bytes)]));
    this.targets(role).targets[path] = { length: bytes.length, hashes };
    this.artifacts.set(path, bytes);
  }

  signedOf(role: string): PlainRoot | PlainMetaList | PlainTargets {
    return role === 'root' ? this.root : role === 'timestamp' ? this.timestamp : role === 'snapshot' ? this.snapshot : this.targets(role);
  }

  /** Signs and serves the next version of each role, the snapshot and the timestamp with what was published before them. */
  publish(...roles: readonly string[]): void {
    for (const role of roles) {
      const signed = this.signedOf(role);
      const files = this.published.get(role);
      if (files !== undefined) signed.version += 1;
      const file = this.sign(role);
      this.published.set(role, [...(files ?? []), file]);
      const stated = this.statesHashes ? { length: file.length, hashes: { sha256: digest('sha256', file) } } : {};
      if (role === 'snapshot') this.timestamp.meta['snapshot.json'] = { version: signed.version, ...stated };
      else if (role !== 'root' && role !== 'timestamp') this.snapshot.meta[`${role}.json`] = { version: signed.version, ...stated };
    }
  }

  /** The newest published file of a role becomes another. */
  replace(role: string, change: (file: PlainEnvelope) => PlainEnvelope): void {
    const files = this.published.get(role) ?? [];
    const envelope: PlainEnvelope = JSON.parse(Buffer.from(files.pop() ?? []).toString());
    files.push(Buffer.from(JSON.stringify(change(envelope))));
  }

  private sign(role: string): Uint8Array {
    const signed = toJson(this.signedOf(role));
    const message = encodeCanonical(signed);
    const signatures = [...this.signersOf(role).values()].map((key) => toJson({ keyid: key.keyid, sig: key.sign(message) }));
    return encodeJson(
      new Map<string, typeof signed | typeof signatures>([
        ['signatures', signatures],
        ['signed', signed],
      ]),
    );
  }
}

export interface PlainEnvelope {
  readonly signed: Readonly<Record<string, unknown>>;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}
