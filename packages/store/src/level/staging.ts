// A batch while it is being put together: later commits in it must see what earlier ones will have written.
import type { RoleName, Version } from '@countersign/core';
import { decide } from '../decide.ts';
import type { Task } from '../group-commit.ts';
import { isDigest } from '../guards.ts';
import { lineOf, type StoredHead } from '../line.ts';
import { repositoryKey } from '../repository-key.ts';
import { damaged, seal, sealText, unsealText } from '../sealed.ts';
import type { Head } from '../store.ts';
import { readClaimant } from './claim-value.ts';
import { currentKeys, headValue, readCurrent } from './head-value.ts';
import { claimKey, draftKey, fileKey, headKey, lastKey, numberField, recordKey, seqKey, versionKey } from './keys.ts';
import type { RecentHeads } from './recent-heads.ts';
import type { Table, Writes } from './table.ts';

export class Staging {
  readonly #table: Table;
  readonly #recent: Pick<RecentHeads, 'get'>;
  readonly #heads = new Map<string, StoredHead>();
  readonly #writes = new Map<string, Uint8Array | undefined>();
  #lastPosition: number;

  /** `recent` must hold what stands in `table`, or nothing. */
  constructor(table: Table, recent: Pick<RecentHeads, 'get'>, lastPosition: number) {
    this.#table = table;
    this.#recent = recent;
    this.#lastPosition = lastPosition;
  }

  get writes(): Writes {
    return this.#writes;
  }

  /** The heads that stand once the batch is written, by repository. */
  get heads(): ReadonlyMap<string, StoredHead> {
    return this.#heads;
  }

  /** The position of the newest record once the batch is written. */
  get lastPosition(): number {
    return this.#lastPosition;
  }

  /** Judges one commit and stages what it writes. One that is refused leaves no trace. */
  async add({ repository, expected, change }: Task): Promise<Head> {
    const name = repositoryKey(repository);
    const current = await this.#current(name);
    const keyOf = (role: RoleName, version: Version): string => versionKey(name, lineOf(current, role), role, version);
    const versions = change.files.map(({ role, version }) => keyOf(role, version));
    const claims = change.claims.map(claimKey);
    const values = await this.#read([...versions, ...claims]);
    const outcome = decide(repository, expected, change, {
      current,
      digestOf: (role, version) => readDigest(keyOf(role, version), values),
      claimant: (claim) => readClaimant(claimKey(claim), values.get(claimKey(claim))),
    });
    const { next } = outcome;
    this.#stageHead(name, next);
    for (const { role, version, digest, bytes } of outcome.files) {
      const key = versionKey(name, lineOf(next, role), role, version);
      this.#writes.set(key, sealText(key, digest));
      this.#writes.set(fileKey(name, next.life, role, digest), bytes);
    }
    for (const key of outcome.claims.map(claimKey)) this.#writes.set(key, sealText(key, repository.gun));
    for (const role of outcome.dropped) this.#writes.set(draftKey(name, role), undefined);
    for (const { role, bytes } of change.pending ?? []) this.#writes.set(draftKey(name, role), seal(draftKey(name, role), bytes));
    if (change.record) this.#stageRecord(name, change.record.seq, change.record.bytes);
    return next.head;
  }

  async #current(name: string): Promise<StoredHead | undefined> {
    const known = this.#heads.get(name) ?? this.#recent.get(name);
    if (known !== undefined) return known;
    const values = await this.#read(currentKeys(name));
    return readCurrent(name, (key) => values.get(key));
  }

  async #read(keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const values = new Map<string, Uint8Array>();
    const unstaged = keys.filter((key) => !this.#writes.has(key));
    const stored = unstaged.length > 0 ? await this.#table.getMany(unstaged) : [];
    for (const [index, key] of unstaged.entries()) setIfPresent(values, key, stored[index]);
    for (const key of keys) setIfPresent(values, key, this.#writes.get(key));
    return values;
  }

  #stageHead(name: string, next: StoredHead): void {
    const key = headKey(name);
    this.#writes.set(key, headValue(key, next));
    this.#heads.set(name, next);
  }

  #stageRecord(name: string, seq: number, bytes: Uint8Array): void {
    this.#lastPosition += 1;
    const [bySeq, byPosition] = [seqKey(name, seq), recordKey(this.#lastPosition)];
    const position = numberField(this.#lastPosition);
    this.#writes.set(bySeq, sealText(bySeq, position));
    this.#writes.set(byPosition, seal(byPosition, bytes));
    this.#writes.set(lastKey, sealText(lastKey, position));
  }
}

function setIfPresent(values: Map<string, Uint8Array>, key: string, value: Uint8Array | undefined): void {
  if (value !== undefined) values.set(key, value);
}

function readDigest(key: string, values: ReadonlyMap<string, Uint8Array>) {
  const value = values.get(key);
  if (value === undefined) return undefined;
  const digest = unsealText(key, value);
  if (!isDigest(digest)) throw damaged(key, 'is not a digest');
  return digest;
}
