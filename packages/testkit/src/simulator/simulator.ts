// A repository in memory that its owner can publish to honestly, and an attack can bend in one place.
// Every edit takes a last word on `signed` before it is signed, so that a corruption is as small as it can be.
import {
  type Anchor,
  type Binding,
  type Draft,
  draftSnapshot,
  draftTimestamp,
  type Env,
  expiryAfter,
  type Gun,
  type JsonObject,
  type JsonValue,
  type MetaFile,
  metaOf,
  newSignature,
  nextDraft,
  type Parsed,
  parseGun,
  parseRepositoryId,
  parseVersion,
  pinOf,
  RELEASES,
  type RecordHead,
  ROOT,
  type RoleKind,
  type RoleName,
  type Sealed,
  type Signer,
  SNAPSHOT,
  STANDARD_LIMITS,
  seal,
  type TargetEntry,
  TIMESTAMP,
  tuf,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { generateSigner } from '@countersign/signers';

const DAY = 86_400_000;
const crypto = nativeCryptography();

/** The signers of a role; a delegated role goes by its name. */
export type SimulatedKeys = Map<string, readonly Signer[]>;

export interface SimulatorOptions {
  readonly gun?: string;
  /** 32 hex digits. */
  readonly repository?: string;
  readonly now?: number;
  readonly keys?: SimulatedKeys;
}

/** The last word on a file before it is signed. */
export type Bend = (signed: JsonObject) => JsonObject;
export interface SignOptions {
  readonly bend?: Bend;
  /** Instead of the role's own signers. */
  readonly signers?: readonly Signer[];
}

export function freshKeys(): SimulatedKeys {
  return new Map(['root', 'timestamp', 'snapshot', 'targets', 'releases'].map((role) => [role, [generateSigner('ed25519')]]));
}

export class Simulator {
  readonly gun: Gun;
  readonly binding: Binding;
  readonly keys: SimulatedKeys;
  /** What an honest server serves: path below the metadata base to bytes. */
  readonly served: Map<string, Uint8Array> = new Map();
  /** The newest file of each role. */
  readonly newest: Map<RoleName, Sealed> = new Map();
  now: number;
  record: RecordHead | undefined;

  constructor(options: SimulatorOptions) {
    this.gun = parseGun(options.gun ?? 'registry.example.com/team/app');
    this.binding = { repository: parseRepositoryId(options.repository ?? '00112233445566778899aabbccddeeff') };
    this.keys = options.keys ?? freshKeys();
    this.now = options.now ?? Date.UTC(2026, 10, 21, 12);
  }

  env(now: number = this.now): Env {
    // Whole seconds since the epoch are what metadata knows; the simulator's clock is set by the test.
    return { now: now as Env['now'], limits: STANDARD_LIMITS, crypto, dialect: tuf };
  }

  signersOf(role: string): readonly Signer[] {
    return this.keys.get(role) ?? [];
  }

  /** What a consumer was told: the digest of root v1. */
  anchor(overrides: Partial<Anchor> = {}): Anchor {
    const root = this.parsed('root', ROOT, this.served.get('1.root.json'));
    return { gun: this.gun, pins: [pinOf(root, crypto)], minimum: {}, otherwise: 'refuse', binding: 'required', ...overrides };
  }

  parsed<Kind extends RoleKind>(kind: Kind, name: RoleName, bytes: Uint8Array | undefined): Parsed<Kind> {
    if (bytes === undefined) throw new Error(`the simulator has no ${name}`);
    return tuf.parse(kind, name, bytes, this.env());
  }

  /** The newest file of a role, parsed. */
  current<Kind extends RoleKind>(kind: Kind, name: RoleName): Parsed<Kind> {
    return this.parsed(kind, name, this.newest.get(name)?.bytes);
  }

  /** Signs a draft after the bend had its word, and serves it. */
  async seal(draft: Draft, options: SignOptions = {}): Promise<Sealed> {
    const signed = options.bend?.(draft.signed) ?? draft.signed;
    const message = tuf.canonical(signed);
    const signers = options.signers ?? this.signersOf(draft.name);
    const signatures = await Promise.all(signers.map(async (signer) => newSignature(signer.key, await signer.sign(message))));
    const written = signed.get('version');
    const version = typeof written === 'number' && written >= 1 ? parseVersion(written, 'version') : draft.version;
    const sealed = { ...seal({ ...draft, signed }, signatures, this.env()), version };
    this.newest.set(draft.name, sealed);
    this.served.set(tuf.path({ role: draft.name, version, consistent: true }), sealed.bytes);
    return sealed;
  }

  /** The next version of a role, with members replaced. Snapshot and timestamp follow only when they are asked for. */
  async next(kind: RoleKind, name: RoleName, body: Record<string, JsonValue | undefined>, options: SignOptions = {}): Promise<Sealed> {
    const lifetime = { root: 730, timestamp: 3, snapshot: 14, targets: 365 }[kind] * DAY;
    const draft = nextDraft(this.current(kind, name), expiryAfter(this.env().now, lifetime), body, this.env());
    return this.seal(draft, options);
  }

  /** Bins are signed by the keys that are kept under `PREFIX-*`. */
  isBin(role: string): boolean {
    return /-[0-9a-f]+$/.test(role) && this.keys.has(role.replace(/-[0-9a-f]+$/, '-*'));
  }

  async snapshot(options: SignOptions = {}): Promise<Sealed> {
    const changed = new Map<RoleName, MetaFile>();
    for (const [role, sealed] of this.newest)
      if (role !== ROOT && role !== SNAPSHOT && role !== TIMESTAMP)
        changed.set(role, this.isBin(role) ? { version: sealed.version } : metaOf(sealed));
    const file = this.newest.has(SNAPSHOT) ? this.current('snapshot', SNAPSHOT) : undefined;
    const draft = draftSnapshot(
      { file, version: undefined },
      changed,
      this.current('root', ROOT),
      expiryAfter(this.env().now, 14 * DAY),
      this.env(),
    );
    return this.seal(draft, options);
  }

  async timestamp(options: SignOptions = {}): Promise<Sealed> {
    const snapshot = this.newest.get(SNAPSHOT);
    if (snapshot === undefined) throw new Error('the simulator has no snapshot');
    const version = parseVersion((this.newest.get(TIMESTAMP)?.version ?? 0) + 1, 'version');
    const expires = expiryAfter(this.env().now, 3 * DAY);
    return this.seal(draftTimestamp(version, snapshot, this.record, this.current('root', ROOT), expires, this.env()), options);
  }

  /** An honest publish: the releases role with these entries, then snapshot and timestamp. */
  async publish(entries: Readonly<Record<string, TargetEntry | undefined>>, options: SignOptions = {}): Promise<void> {
    const targets = new Map(this.current('targets', RELEASES).signed.get('targets') as JsonObject);
    for (const [path, entry] of Object.entries(entries)) {
      if (entry === undefined) targets.delete(path);
      else targets.set(path, tuf.entry(entry));
    }
    await this.next('targets', RELEASES, { targets }, options);
    await this.advance();
  }

  async advance(): Promise<void> {
    await this.snapshot();
    await this.timestamp();
  }

  /** Rotates the keys of top-level roles in a new root signed by the old and new root keys. */
  async rotate(change: SimulatedKeys, options: SignOptions & { readonly threshold?: number } = {}): Promise<Sealed> {
    const before = this.signersOf('root');
    for (const [role, signers] of change) this.keys.set(role, signers);
    const signers = options.signers ?? [...new Set([...before, ...this.signersOf('root')])];
    return this.next('root', ROOT, this.rootBody(options.threshold), { ...options, signers });
  }

  /** The members `keys` and `roles` of a root that names today's keys. */
  rootBody(threshold = 1): Record<string, JsonValue> {
    const roles = new Map<string, JsonValue>();
    const keys = new Map<string, JsonValue>();
    for (const role of ['root', 'timestamp', 'snapshot', 'targets']) {
      for (const { key } of this.signersOf(role)) keys.set(key.keyid, key.object);
      roles.set(
        role,
        new Map<string, JsonValue>([
          ['keyids', this.signersOf(role).map(({ key }) => key.keyid)],
          ['threshold', threshold],
        ]),
      );
    }
    return { keys, roles };
  }

  /** A copy that shares keys and history, for a second story. */
  fork(): Simulator {
    const copy = new Simulator({ gun: this.gun, repository: this.binding.repository, now: this.now, keys: new Map(this.keys) });
    for (const [path, bytes] of this.served) copy.served.set(path, bytes);
    for (const [role, sealed] of this.newest) copy.newest.set(role, sealed);
    copy.record = this.record;
    return copy;
  }
}
