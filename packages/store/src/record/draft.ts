// Drafts the record that continues a repository. It is pure: the timestamp that names the record's hash is signed from its answer,
// before anything is stored.
import { type Digest, type Fingerprint, formatInstant, type Instant, type RoleName, type Version } from '@countersign/core';
import { StoreError } from '../errors.ts';
import type { Head, RepositoryRef } from '../store.ts';
import { canonicalBytes } from './canonical.ts';
import { asDrafted } from './drafted.ts';
import { maxRecordBytes, noRecordHash, recordHash } from './hash.ts';
import { readMembers } from './read.ts';
import type { PublishRecord, RecordDraft, RecordFile, RecordKind } from './record.ts';

/** What a record tells. */
export interface RecordFacts {
  readonly repository: RepositoryRef;
  readonly kind: RecordKind;
  readonly time: Instant;
  /**
   * The files that the change brings, several versions of a role in any order; a `NewFile` fits. The timestamp, which names this
   * record, is left out of it, and so are repeats of versions that the head has reached.
   */
  readonly files: readonly { readonly role: RoleName; readonly version: Version; readonly digest: Digest }[];
  /** Keys whose signatures counted; repeats are dropped. */
  readonly signers: readonly Fingerprint[];
  /** As in `Change`: the files of the head belong to an earlier life. */
  readonly reset?: true;
}

const maxChanged = 32;
const maxSigners = 64;

/**
 * The record that follows `head` (`undefined`: the first of its repository). Versions and digests of root, snapshot and targets are
 * the newest of the head and of `facts.files`. Of more than 32 changed roles or 64 signers, or of names too long for 8 KiB, the
 * first in order are named and the rest are counted.
 *
 * @throws StoreError `invalid` when a fact cannot be written, FormatError for a time outside the years 1 to 9999
 */
export function draftRecord(head: Head | undefined, facts: RecordFacts): RecordDraft {
  const changed = sorted(facts.files.filter((file) => isNew(head, facts, file)).map((file) => file.role));
  const signers = sorted(facts.signers);
  let named = Math.min(changed.length, maxChanged);
  for (;;) {
    // As whoever reads it will, who must not be given what cannot be read.
    const record = readMembers({ ...compose(head, facts, { changed, named, signers }) });
    const bytes = canonicalBytes(record);
    if (bytes.length <= maxRecordBytes) return asDrafted({ bytes, seq: record.seq, hash: recordHash(bytes), record });
    if (named === 0) throw new StoreError('invalid', `the record would be ${bytes.length} bytes, at most ${maxRecordBytes} are written`);
    named -= 1;
  }
}

interface Lists {
  readonly changed: readonly RoleName[];
  readonly named: number;
  readonly signers: readonly Fingerprint[];
}

function compose(head: Head | undefined, facts: RecordFacts, lists: Lists): PublishRecord {
  const prev = head === undefined || head.seq === 0 ? noRecordHash : head.recordHash;
  const root = newest('root', head, facts);
  const snapshot = newest('snapshot', head, facts);
  const targets = newest('targets', head, facts);
  const more = lists.changed.length - lists.named;
  const moreSigners = lists.signers.length - Math.min(lists.signers.length, maxSigners);
  return {
    v: 1,
    gun: facts.repository.gun,
    dialect: facts.repository.dialect,
    seq: (head?.seq ?? 0) + 1,
    prev,
    kind: facts.kind,
    time: formatInstant(facts.time),
    ...(root && { root }),
    ...(snapshot && { snapshot }),
    ...(targets && { targets }),
    changed: lists.changed.slice(0, lists.named),
    ...(more > 0 && { more }),
    signers: lists.signers.slice(0, maxSigners),
    ...(moreSigners > 0 && { moreSigners }),
  };
}

function newest(role: string, head: Head | undefined, facts: RecordFacts): RecordFile | undefined {
  const known = facts.reset ? [] : [...(head?.files.values() ?? [])];
  let found: RecordFile | undefined;
  for (const file of [...known, ...facts.files]) {
    if (file.role !== role || (found !== undefined && found.version > file.version)) continue;
    found = { version: file.version, digest: file.digest };
  }
  return found;
}

/** Whether a file belongs into `changed`. A version that was reached before is a repeat, which a resumed import may bring along. */
function isNew(head: Head | undefined, { reset }: RecordFacts, { role, version }: RecordFacts['files'][number]): boolean {
  const reached = reset ? undefined : head?.files.get(role)?.version;
  return role !== 'timestamp' && (reached === undefined || version > reached);
}

const sorted = <Name extends string>(names: readonly Name[]): readonly Name[] => [...new Set(names)].sort();
