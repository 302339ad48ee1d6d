// A repository of Notary in memory, with a server that judges what its publisher uploads and signs what follows: all of it real code of
// core, with keys at hand, so that an attack can bend any file in one place.
import {
  type Anchor,
  type Draft,
  draftFirstRoot,
  type Env,
  expiryAfter,
  firstDraft,
  type Gun,
  type Instant,
  type JsonObject,
  type JsonValue,
  jsonObject,
  type KeySet,
  newSignature,
  nextDraft,
  notary,
  type Plan,
  parseInstant,
  parseNotaryGun,
  parseNotaryRoleName,
  parseRepositoryId,
  parseVersion,
  ROOT,
  type RoleName,
  reviewNotary,
  type Sealed,
  type ServerKey,
  type Signer,
  SNAPSHOT,
  STANDARD_LIMITS,
  seal,
  TARGETS,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { generateSigner } from '@countersign/signers';
import { NotaryShelf, notaryMetaOf } from './shelf.ts';
import { certifiedSigner, freshBareSigner } from './signers.ts';

const DAY = 86_400_000;
const crypto = nativeCryptography();

export interface NotaryOptions {
  readonly gun?: string;
  readonly now?: number;
  /** Who holds the snapshot's key. */
  readonly snapshot?: 'server' | 'publisher';
}

/** The last word on a file before it is signed. */
export type NotaryBend = (signed: JsonObject) => JsonObject;

export class NotaryRepository extends NotaryShelf {
  readonly gun: Gun;
  now: number;
  deleted = false;
  /** Role to its signers; delegations by their names. */
  readonly signers: Map<string, readonly Signer[]> = new Map();
  readonly #snapshotAt: 'server' | 'publisher';

  private constructor({
    gun = 'registry.example.com/team/app',
    now = parseInstant('2026-11-21T12:00:00Z', 'now'),
    snapshot = 'server',
  }: NotaryOptions) {
    super();
    this.gun = parseNotaryGun(gun);
    this.now = now;
    this.#snapshotAt = snapshot;
  }

  static async create(options: NotaryOptions = {}): Promise<NotaryRepository> {
    const repository = new NotaryRepository(options);
    const notBefore = repository.now;
    repository.signers.set('root', [await certifiedSigner(generateSigner('ecdsa-p256'), { commonName: repository.gun, notBefore })]);
    for (const role of ['targets', 'snapshot']) repository.signers.set(role, [freshBareSigner()]);
    repository.signers.set('timestamp', [freshBareSigner('ed25519')]);
    return repository;
  }

  env(now: number = this.now): Env {
    return { now: now as Instant, limits: STANDARD_LIMITS, crypto, dialect: notary };
  }

  expires(days = 365): Instant {
    return expiryAfter(this.now as Instant, days * DAY);
  }

  keySet(role: string): KeySet {
    return { keys: this.signersOf(role).map(({ key }) => key), threshold: 1 };
  }

  signersOf(role: string): readonly Signer[] {
    const signers = this.signers.get(role);
    if (signers === undefined) throw new Error(`nobody signs ${role}`);
    return signers;
  }

  /** A draft, bent and signed by the signers of its role, or by others. */
  async signed(
    draft: Draft,
    bend: NotaryBend = (signed) => signed,
    signers: readonly Signer[] = this.signersOf(draft.name),
  ): Promise<Uint8Array> {
    const signed = bend(draft.signed);
    const message = notary.canonical(signed);
    return notary.file(signed, await Promise.all(signers.map(async (signer) => newSignature(signer.key, await signer.sign(message)))));
  }

  /** The parts of a first publish. */
  async first(): Promise<Map<RoleName, Uint8Array>> {
    const roles = {
      root: this.keySet('root'),
      targets: this.keySet('targets'),
      snapshot: this.keySet('snapshot'),
      timestamp: this.keySet('timestamp'),
    };
    const version = parseVersion(1, 'version');
    const unbound = parseRepositoryId('0'.repeat(32)); // this dialect has no place for it
    const root = draftFirstRoot({ version, repository: unbound, names: [this.gun], roles, expires: this.expires(3650) }, this.env());
    const parts = new Map([
      [ROOT, await this.signed(root)],
      [TARGETS, await this.targets(TARGETS)],
    ]);
    return await this.#complete(parts);
  }

  /** The next file of targets or of a delegation, with members replaced. */
  async targets(
    role: string,
    body: Readonly<Record<string, JsonValue>> = {},
    bend?: NotaryBend,
    signers?: readonly Signer[],
  ): Promise<Uint8Array> {
    const name = parseNotaryRoleName(role);
    const before = this.files.get(name);
    const facts = { version: parseVersion(1, 'version'), expires: this.expires(), binding: undefined };
    const empty = { targets: jsonObject({}), delegations: notary.noDelegations };
    const draft =
      before === undefined
        ? firstDraft('targets', name, facts, { ...empty, ...body }, this.env())
        : nextDraft(notary.parse('targets', name, before.bytes, this.env()), this.expires(), body, this.env());
    return await this.signed(draft, bend, signers);
  }

  /** The next root, with members replaced. */
  async root(body: Readonly<Record<string, JsonValue>> = {}, bend?: NotaryBend, signers?: readonly Signer[]): Promise<Uint8Array> {
    const before = notary.parse('root', ROOT, this.stored(ROOT), this.env());
    return await this.signed(nextDraft(before, this.expires(3650), body, this.env()), bend, signers);
  }

  /** The publisher's own snapshot over `parts` and what is stored. */
  async snapshot(parts: ReadonlyMap<RoleName, Uint8Array>, bend?: NotaryBend): Promise<Uint8Array> {
    const before = this.files.get(SNAPSHOT);
    const parsed = before && notary.parse('snapshot', SNAPSHOT, before.bytes, this.env());
    const meta = new Map<string, JsonValue>(parsed?.signed.get('meta') as JsonObject | undefined);
    for (const [role, bytes] of parts) meta.set(role, notaryMetaOf(bytes));
    const facts = { version: parseVersion(1, 'version'), expires: this.expires(), binding: undefined };
    const draft =
      parsed === undefined
        ? firstDraft('snapshot', SNAPSHOT, facts, { meta }, this.env())
        : nextDraft(parsed, this.expires(), { meta }, this.env());
    return await this.signed(draft, bend);
  }

  /** Judges an upload. Throws what `reviewNotary` throws. */
  judge(parts: ReadonlyMap<RoleName, Uint8Array>, env: Env = this.env()): Plan {
    const keysOf = (role: 'snapshot' | 'timestamp'): ServerKey[] =>
      this.signersOf(role).map(({ key }, at) => ({ generation: at + 1, fingerprint: key.fingerprint }));
    const serverKeys = { snapshot: this.#snapshotAt === 'server' ? keysOf('snapshot') : [], timestamp: keysOf('timestamp') };
    const head = this.files.size === 0 ? undefined : { files: this.files, deleted: this.deleted };
    const rules = { serverKeys, lifetimes: { snapshot: 14 * DAY, timestamp: 3 * DAY } };
    const steps = reviewNotary(head, { gun: this.gun, parts, recreate: false }, rules, env);
    let step = steps.next();
    while (step.done !== true) step = steps.next(this.answer(step.value));
    return step.value;
  }

  /** Judges, signs and stores as the server does. */
  async post(parts: ReadonlyMap<RoleName, Uint8Array>): Promise<Plan> {
    const plan = this.judge(parts);
    const snapshot = 'bytes' in plan.snapshot ? plan.snapshot : await this.#sealed(plan.snapshot);
    const timestamp = await this.#sealed(plan.timestamp(snapshot, { seq: 1, hash: '00'.repeat(32) }));
    if (this.deleted) this.files = new Map();
    this.deleted = false;
    for (const role of plan.retired) this.files.delete(role);
    for (const file of [...plan.files, snapshot, timestamp]) this.store(file.name, file.bytes, file.version);
    for (const { kind, digest } of plan.claims) this.claims.set(`${kind} ${digest}`, this.gun);
    return plan;
  }

  anchor(): Anchor {
    return { gun: this.gun, pins: [], minimum: {}, otherwise: 'unsafe-first-use', binding: 'optional' };
  }

  async #complete(parts: Map<RoleName, Uint8Array>): Promise<Map<RoleName, Uint8Array>> {
    return this.#snapshotAt === 'server' ? parts : parts.set(SNAPSHOT, await this.snapshot(parts));
  }

  async #sealed(draft: Draft): Promise<Sealed> {
    const [signer] = this.signersOf(draft.name);
    if (signer === undefined) throw new Error(`nobody signs ${draft.name}`);
    return seal(draft, [newSignature(signer.key, await signer.sign(draft.message))], this.env());
  }
}
