// The store in memory: for tests, for trying things out, and as the shortest text of what a store does. It is durable as long as
// the process lives.
import type { Digest, Gun, RoleName } from '@countersign/core';
import { checkChange, checkClaim } from './check-change.ts';
import { decide, type Outcome } from './decide.ts';
import type { DamagedItem, StoredItem } from './dump/item.ts';
import { soundItems } from './dump/sound.ts';
import { StoreError } from './errors.ts';
import { isDigest, isRoleName, isVersion } from './guards.ts';
import { lineOf, type StoredHead } from './line.ts';
import { pageOf } from './page.ts';
import { readRecord } from './record/read.ts';
import type { StoredRecord } from './record/record.ts';
import { readRepositoryKey, repositoryKey } from './repository-key.ts';
import type { Change, Claim, FileRef, Head, MetadataStore, RecordQuery, RepositoryRef, Revision } from './store.ts';

interface Repository {
  current: StoredHead | undefined;
  readonly digests: Map<string, Digest>;
  readonly files: Map<string, Uint8Array>;
  readonly drafts: Map<RoleName, Uint8Array>;
  readonly records: StoredRecord[];
}

const nothing = (): Repository => ({ current: undefined, digests: new Map(), files: new Map(), drafts: new Map(), records: [] });

/** An empty store that forgets everything when the process ends. */
export function memoryStore(): MetadataStore {
  return new MemoryStore();
}

// No method waits between reading and writing, so each is atomic by itself.
class MemoryStore implements MetadataStore {
  readonly #repositories = new Map<string, Repository>();
  readonly #claims = new Map<string, Gun>();
  readonly #records: StoredRecord[] = [];
  #closed = false;

  async head(repository: RepositoryRef): Promise<Head | undefined> {
    return this.#find(repository)?.current?.head;
  }

  async file(repository: RepositoryRef, ref: FileRef): Promise<Uint8Array | undefined> {
    return this.#find(repository)?.current?.head.deleted ? undefined : await this.kept(repository, ref);
  }

  async kept(repository: RepositoryRef, ref: FileRef): Promise<Uint8Array | undefined> {
    const found = this.#find(repository);
    if (!found?.current) return undefined;
    const digest = 'digest' in ref ? ref.digest : found.digests.get(`${lineOf(found.current, ref.role)} ${ref.version} ${ref.role}`);
    return copied(digest && found.files.get(`${found.current.life} ${digest} ${ref.role}`));
  }

  async pending(repository: RepositoryRef, role: RoleName): Promise<Uint8Array | undefined> {
    return copied(this.#find(repository)?.drafts.get(role));
  }

  async commit(repository: RepositoryRef, expected: Revision | 'new', change: Change): Promise<Head> {
    const found = this.#find(repository) ?? nothing();
    checkChange(repository, change);
    const outcome = decide(repository, expected, change, {
      current: found.current,
      digestOf: (role, version) => found.digests.get(`${lineOf(found.current, role)} ${version} ${role}`),
      claimant: (claim) => this.#claims.get(`${claim.kind} ${claim.digest}`),
    });
    this.#repositories.set(repositoryKey(repository), found);
    this.#apply(repository, found, change, outcome);
    return outcome.next.head;
  }

  async claimants(claims: readonly Claim[]): Promise<readonly (Gun | undefined)[]> {
    this.#checkOpen();
    claims.forEach(checkClaim);
    return claims.map(({ kind, digest }) => this.#claims.get(`${kind} ${digest}`));
  }

  async records(query: RecordQuery): Promise<readonly StoredRecord[]> {
    this.#checkOpen();
    const all = query.repository ? (this.#find(query.repository)?.records ?? []) : this.#records;
    return pageOf(query, all.length).flatMap((number) => {
      const stored = all[number - 1];
      return stored ? [{ ...stored, bytes: new Uint8Array(stored.bytes) }] : [];
    });
  }

  async *repositories(range: { readonly after?: RepositoryRef } = {}): AsyncIterable<RepositoryRef> {
    this.#checkOpen();
    const after = range.after ? repositoryKey(range.after) : '';
    for (const key of [...this.#repositories.keys()].sort()) {
      const repository = key > after ? readRepositoryKey(key) : undefined;
      if (repository) yield repository;
    }
  }

  async *dump(): AsyncGenerator<StoredItem | DamagedItem> {
    this.#checkOpen();
    // All at once: what is committed while it is read must not be in it.
    const all = [...this.#repositories].sort(([one], [other]) => (one < other ? -1 : 1));
    const claims = [...this.#claims].sort(([one], [other]) => (one < other ? -1 : 1));
    const items = [
      ...all.flatMap(([key, found]) => itemsOf(key, found)),
      ...this.#records.map(({ position, bytes }) => ({ item: 'record', position, bytes: new Uint8Array(bytes) }) as const),
      ...claims.map(([name, gun]) => {
        const [kind = '', digest = ''] = name.split(' ');
        return { item: 'claim', claim: { kind, digest }, gun } as const;
      }),
    ];
    yield* items;
  }

  async load(items: AsyncIterable<StoredItem | DamagedItem>): Promise<void> {
    this.#checkOpen();
    if (this.#repositories.size > 0) throw new StoreError('invalid', 'only an empty store can be loaded');
    for await (const item of soundItems(items)) this.#take(item);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #take(item: StoredItem): void {
    if (item.item === 'claim') {
      this.#claims.set(`${item.claim.kind} ${item.claim.digest}`, item.gun);
      return;
    }
    if (item.item === 'record') {
      const { position, bytes } = item;
      const stored = { position, bytes: new Uint8Array(bytes), record: readRecord(bytes) };
      this.#records.push(stored);
      this.#find(stored.record)?.records.push(stored);
      return;
    }
    if (item.item === 'head') {
      const { head, life, line, lines } = item;
      this.#repositories.set(repositoryKey(item.repository), { ...nothing(), current: { head, life, line, lines } });
      return;
    }
    const found = this.#find(item.repository);
    if (item.item === 'version') found?.digests.set(`${item.line} ${item.version} ${item.role}`, item.digest);
    else if (item.item === 'file') found?.files.set(`${item.life} ${item.digest} ${item.role}`, new Uint8Array(item.bytes));
    else found?.drafts.set(item.role, new Uint8Array(item.bytes));
  }

  #find(repository: RepositoryRef): Repository | undefined {
    this.#checkOpen();
    return this.#repositories.get(repositoryKey(repository));
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreError('closed', 'the store is closed');
  }

  #apply(repository: RepositoryRef, found: Repository, change: Change, outcome: Outcome): void {
    const { next } = outcome;
    found.current = next;
    for (const { role, version, digest, bytes } of outcome.files) {
      found.digests.set(`${lineOf(next, role)} ${version} ${role}`, digest);
      found.files.set(`${next.life} ${digest} ${role}`, new Uint8Array(bytes));
    }
    for (const claim of outcome.claims) this.#claims.set(`${claim.kind} ${claim.digest}`, repository.gun);
    for (const role of outcome.dropped) found.drafts.delete(role);
    for (const draft of change.pending ?? []) found.drafts.set(draft.role, new Uint8Array(draft.bytes));
    if (!change.record) return;
    const bytes = new Uint8Array(change.record.bytes);
    const stored = { position: this.#records.length + 1, bytes, record: readRecord(bytes) };
    this.#records.push(stored);
    found.records.push(stored);
  }
}

// Not `slice`: on a Buffer it would share the memory.
const copied = (bytes: Uint8Array | undefined): Uint8Array | undefined => bytes && new Uint8Array(bytes);

function itemsOf(key: string, { current, digests, files, drafts }: Repository): readonly StoredItem[] {
  const repository = readRepositoryKey(key);
  if (repository === undefined || current === undefined) return [];
  const items: StoredItem[] = [{ item: 'head', repository, ...current }];
  for (const [name, digest] of digests) {
    const [line, version, role] = fields(name).map((field, index) => (index < 2 ? Number(field) : field));
    if (isVersion(version) && isRoleName(role)) items.push({ item: 'version', repository, line: Number(line), role, version, digest });
  }
  for (const [name, bytes] of files) {
    const [life, digest, role] = fields(name);
    if (!isDigest(digest) || !isRoleName(role)) continue;
    items.push({ item: 'file', repository, life: Number(life), role, digest, bytes: new Uint8Array(bytes) });
  }
  for (const [role, bytes] of drafts) items.push({ item: 'draft', repository, role, bytes: new Uint8Array(bytes) });
  return items;
}

/** The two numbers or names in front of a role, which may hold spaces itself. */
function fields(name: string): readonly string[] {
  const [first = '', second = '', ...role] = name.split(' ');
  return [first, second, role.join(' ')];
}
