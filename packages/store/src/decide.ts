// The judgement of one commit, pure and the same for every implementation: given what is known of a repository, either the next
// head and what must be written with it, or the reason why not. Storing is somebody else's business.
import type { Digest, Gun, RoleName, Version } from '@countersign/core';
import { StoreError, shown } from './errors.ts';
import { lineOf, linesAfter, type StoredHead } from './line.ts';
import { recordIn } from './record/drafted.ts';
import { noRecordHash } from './record/hash.ts';
import type { RecordDraft } from './record/record.ts';
import type { Change, Claim, Head, HeadFile, NewFile, RepositoryRef, Revision } from './store.ts';

/** What an implementation must look up before a decision. */
export interface Known {
  readonly current: StoredHead | undefined;
  /** The digest of a file of the role's current line. Asked only for roles and versions in the change. */
  digestOf(role: RoleName, version: Version): Digest | undefined;
  /** Asked only for claims in the change. */
  claimant(claim: Claim): Gun | undefined;
}

export interface Outcome {
  readonly next: StoredHead;
  /** Of the change's files, those that are not stored yet. */
  readonly files: readonly NewFile[];
  /** Of the change's claims, those that nobody made yet. */
  readonly claims: readonly Claim[];
  /** Roles whose draft must go; drafts in `change.pending` are not among them. */
  readonly dropped: readonly RoleName[];
}

/** @throws StoreError as `MetadataStore.commit` says; `change` must have passed `checkChange` */
export function decide(repository: RepositoryRef, expected: Revision | 'new', change: Change, known: Known): Outcome {
  const head = known.current?.head;
  checkExpected(expected, change, head);
  if (change.reset && !head?.deleted) throw new StoreError('invalid', 'only a deleted repository can be reset');
  const claims = newClaims(repository.gun, change.claims, known);
  const files = newFiles(change, known);
  const { life, line, files: kept } = linesAfter(known.current, change);
  const newest = newestFiles(kept, files);
  if (change.record) checkRecorded(change.record, newest);
  const deleted = change.deleted ?? head?.deleted ?? false;
  const { pending, dropped } = drafts(change, deleted, head);
  const next: Head = {
    revision: nextRevision(head),
    seq: change.record?.seq ?? head?.seq ?? 0,
    recordHash: change.record?.hash ?? head?.recordHash ?? '',
    files: newest,
    deleted,
    generations: new Map([...(head?.generations ?? []), ...(change.generations ?? [])]),
    pending,
  };
  const lines = new Map([...newest.keys()].map((role) => [role, kept.has(role) ? lineOf(known.current, role) : line]));
  return { next: { head: next, life, line, lines }, files, claims, dropped };
}

function checkExpected(expected: Revision | 'new', change: Change, head: Head | undefined): void {
  if (expected !== (head?.revision ?? 'new')) {
    throw new StoreError('conflict', `the head is at revision ${head?.revision ?? 'none'}, wanted ${shown(String(expected))}`);
  }
  if (!change.record) return;
  const { seq, prev } = recordIn(change.record);
  const wantedSeq = (head?.seq ?? 0) + 1;
  const wantedPrev = head && head.seq > 0 ? head.recordHash : noRecordHash;
  if (seq !== wantedSeq || prev !== wantedPrev) {
    throw new StoreError('conflict', `record ${seq} does not continue record ${wantedSeq - 1} of this repository`);
  }
}

function newClaims(gun: Gun, claims: readonly Claim[], known: Known): readonly Claim[] {
  return claims.filter((claim) => {
    const first = known.claimant(claim);
    if (first === undefined || first === gun) return first === undefined;
    const details = { gun: first, kind: claim.kind, digest: claim.digest };
    throw new StoreError('claimed', `this ${claim.kind} belongs to ${shown(first)}`, { details });
  });
}

function newFiles(change: Change, known: Known): readonly NewFile[] {
  if (change.reset) return change.files;
  return change.files.filter(({ role, version, digest }) => {
    const stored = known.digestOf(role, version);
    if (stored === digest) return false;
    if (stored !== undefined) throw new StoreError('version', `${shown(role)} v${version} is stored with other bytes`);
    const newest = known.current?.head.files.get(role);
    // A gap below the newest version is not a place for late files: clients walked past it.
    if (newest && version <= newest.version) {
      throw new StoreError('version', `${shown(role)} v${version} is not newer than v${newest.version}`);
    }
    return true;
  });
}

function newestFiles(kept: Head['files'], files: readonly NewFile[]): Head['files'] {
  const newest = new Map(kept);
  for (const { role, version, digest, bytes } of files) {
    const before = newest.get(role);
    if (before && before.version >= version) continue;
    newest.set(role, { role, version, digest, length: bytes.length });
  }
  return newest;
}

/** A record that tells of other files than those stored with it would make the audit trail a lie. */
function checkRecorded(draft: RecordDraft, newest: ReadonlyMap<RoleName, HeadFile>): void {
  const record = recordIn(draft);
  const byName = new Map<string, HeadFile>(newest);
  for (const role of ['root', 'snapshot', 'targets'] as const) {
    const told = record[role];
    const stored = byName.get(role);
    if (told?.version === stored?.version && told?.digest === stored?.digest) continue;
    throw new StoreError(
      'invalid',
      `the record tells of ${role} v${told?.version ?? 'none'}, the change makes v${stored?.version ?? 'none'}`,
    );
  }
}

function drafts(change: Change, deleted: boolean, head: Head | undefined): Pick<Outcome, 'dropped'> & Pick<Head, 'pending'> {
  const before = head?.pending ?? new Map();
  // A draft of a deleted repository must not come back with its next life.
  const emptied = change.reset || change.deleted === true;
  const dropped = new Set(emptied ? before.keys() : [...(change.dropPending ?? []), ...(change.retired ?? [])]);
  const pending = new Map([...before].filter(([role]) => !dropped.has(role)));
  if (deleted && change.pending && change.pending.length > 0) throw new StoreError('invalid', 'a deleted repository takes no drafts');
  for (const { role, signed } of change.pending ?? []) {
    pending.set(role, signed);
    dropped.delete(role);
  }
  return { pending, dropped: [...dropped] };
}

/** The only place where a revision is made. */
const nextRevision = (head: Head | undefined): Revision => ((head?.revision ?? 0) + 1) as Revision;
