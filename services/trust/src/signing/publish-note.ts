// What it takes to do a publish once more, byte for byte: the moment that its files count their lives and its record its time from, and the
// record that it follows. A signing service keeps it beside the upload, and gives it to whoever finishes that publish. It comes from another
// process, so it is read strictly.
import {
  FormatError,
  formatInstant,
  type Instant,
  isJsonObject,
  type JsonObject,
  type Lifetimes,
  memberBoolean,
  memberInteger,
  memberString,
  optionalMemberInteger,
  parseInstant,
  parseVersion,
  readJson,
  type Version,
} from '@countersign/core';
import type { Head } from '@countersign/store';

export interface PublishNote {
  readonly now: Instant;
  readonly lifetimes: Lifetimes;
  /** An administrator's word that a deleted name starts over. */
  readonly recreate: boolean;
  /** Of the head that it follows; 0 for none. */
  readonly seq: number;
  /** The snapshot version that it leaves out: signed before, and given up. */
  readonly snapshotAfter: Version | undefined;
}

/** How a publish or a renewal is done: for the first time, `again` from its note, or above a snapshot version that was given up. */
export interface Manner {
  readonly again?: PublishNote;
  readonly snapshotAfter?: Version | undefined;
}

export const noteFor = (
  head: Head | undefined,
  now: Instant,
  lifetimes: Lifetimes,
  recreate: boolean,
  { snapshotAfter }: Manner,
): PublishNote => ({
  // Metadata and records know whole seconds.
  now: parseInstant(formatInstant(now), 'now'),
  lifetimes,
  recreate,
  seq: head?.seq ?? 0,
  snapshotAfter,
});

export const spellNote = ({ now, lifetimes: { snapshot, timestamp }, recreate, seq, snapshotAfter }: PublishNote): string =>
  JSON.stringify({ v: 1, now: formatInstant(now), snapshot, timestamp, recreate, seq, snapshotAfter });

/** Undefined for what no server of this kind wrote. */
export function readNote(note: string): PublishNote | undefined {
  try {
    const { value } = readJson(new TextEncoder().encode(note), { maxDepth: 1 });
    return isJsonObject(value) && value.get('v') === 1 ? noteIn(value) : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function noteIn(value: JsonObject): PublishNote {
  const snapshotAfter = optionalMemberInteger(value, 'snapshotAfter', 'note');
  return {
    now: parseInstant(memberString(value, 'now', 'note'), 'now'),
    lifetimes: { snapshot: memberInteger(value, 'snapshot', 'note'), timestamp: memberInteger(value, 'timestamp', 'note') },
    recreate: memberBoolean(value, 'recreate', 'note'),
    seq: memberInteger(value, 'seq', 'note'),
    snapshotAfter: snapshotAfter === undefined ? undefined : parseVersion(snapshotAfter, 'snapshotAfter'),
  };
}
