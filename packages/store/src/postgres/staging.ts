// A transaction while it is being put together: commits are judged against the heads that it has locked, and later ones see what earlier
// ones in it will have written. Nothing here speaks to the database.
import type { Digest, Gun, RoleName, Version } from '@countersign/core';
import { decide } from '../decide.ts';
import type { Task } from '../group-commit.ts';
import { lineOf, type StoredHead } from '../line.ts';
import { repositoryKey } from '../repository-key.ts';
import type { Claim, Head, NewFile, PendingDraft } from '../store.ts';

/** What the database says of all that a batch touches, under locks. */
export interface Locked {
  /** By `repositoryKey`; a repository without a commit is absent. */
  readonly heads: ReadonlyMap<string, StoredHead>;
  /** By `versionKey`. */
  readonly digests: ReadonlyMap<string, Digest>;
  /** By `claimKey`. */
  readonly claims: ReadonlyMap<string, Gun>;
}

export interface StagedFile extends NewFile {
  readonly repository: string;
  readonly life: number;
  readonly line: number;
}
export interface StagedDraft {
  readonly repository: string;
  readonly role: RoleName;
  /** Absent when the draft is dropped. */
  readonly draft: PendingDraft | undefined;
}
export interface StagedRecord {
  readonly repository: string;
  readonly seq: number;
  readonly hash: string;
  readonly bytes: Uint8Array;
}

export const versionKey = (repository: string, line: number, role: RoleName, version: Version): string =>
  `${repository} ${line} ${version} ${role}`;
export const claimKey = (claim: Claim): string => `${claim.kind} ${claim.digest}`;

export class Staging {
  readonly heads: Map<string, StoredHead> = new Map();
  readonly files: StagedFile[] = [];
  readonly drafts: Map<string, StagedDraft> = new Map();
  readonly records: StagedRecord[] = [];
  readonly claims: Map<string, { readonly claim: Claim; readonly gun: Gun }> = new Map();
  readonly #locked: Locked;
  readonly #digests = new Map<string, Digest>();

  constructor(locked: Locked) {
    this.#locked = locked;
  }

  /** True for a repository that begins in this batch. */
  isNew(repository: string): boolean {
    return !this.#locked.heads.has(repository);
  }

  /** Judges one commit and stages what it writes. One that is refused leaves no trace. */
  add({ repository, expected, change }: Task): Head {
    const name = repositoryKey(repository);
    const current = this.heads.get(name) ?? this.#locked.heads.get(name);
    const { next, files, claims, dropped } = decide(repository, expected, change, {
      current,
      digestOf: (role, version) => this.#digestOf(versionKey(name, lineOf(current, role), role, version)),
      claimant: (claim) => this.claims.get(claimKey(claim))?.gun ?? this.#locked.claims.get(claimKey(claim)),
    });
    this.heads.set(name, next);
    for (const file of files) this.#stageFile({ ...file, repository: name, life: next.life, line: lineOf(next, file.role) });
    for (const claim of claims) this.claims.set(claimKey(claim), { claim, gun: repository.gun });
    for (const role of dropped) this.drafts.set(`${name} ${role}`, { repository: name, role, draft: undefined });
    for (const draft of change.pending ?? []) this.drafts.set(`${name} ${draft.role}`, { repository: name, role: draft.role, draft });
    if (change.record) this.records.push({ repository: name, ...change.record });
    return next.head;
  }

  #digestOf(key: string): Digest | undefined {
    return this.#digests.get(key) ?? this.#locked.digests.get(key);
  }

  #stageFile(file: StagedFile): void {
    const key = versionKey(file.repository, file.line, file.role, file.version);
    if (this.#digestOf(key) === file.digest) return;
    this.#digests.set(key, file.digest);
    this.files.push(file);
  }
}
