// What a stage of trust leaves behind to be remembered.
import {
  type Anchor,
  type Floor,
  type FloorFiles,
  pinText,
  type RootReached,
  type SnapshotTrusted,
  type TimestampTrusted,
} from '@countersign/core';

/** With each stage more is remembered: what it does not speak of stays as it was, and only as long as the root lets it count. */
export function floorOf(stage: RootReached | TimestampTrusted | SnapshotTrusted, pins: readonly string[]): Floor {
  if ('snapshot' in stage) return { ...floorOf(stage.before, pins), snapshot: stage.snapshot };
  if ('timestamp' in stage) {
    const { timestamp, before } = stage;
    const { snapshot, record } = before.floor ?? {};
    const roles = before.floor?.roles ?? new Map();
    return { root: before.root, timestamp, snapshot, record: timestamp.content.binding?.record ?? record, roles, pins };
  }
  const { root, floor } = stage;
  const { timestamp, snapshot, record, roles = new Map() } = floor ?? {};
  return { root, timestamp, snapshot, record, roles, pins };
}

export function filesOf({ root, timestamp, snapshot, record, roles, pins }: Floor): FloorFiles {
  return {
    root: root.file,
    ...(timestamp === undefined ? {} : { timestamp: timestamp.file }),
    ...(snapshot === undefined ? {} : { snapshot: snapshot.file }),
    ...(record === undefined ? {} : { record }),
    ...(roles.size === 0 ? {} : { roles }),
    pins,
  };
}

const MOST_PINS = 32;

/** The pins that a root was reached under. `earlier`: those of a floor that the chain went through, for they held as well. */
export function pinsReached(anchor: Anchor, earlier: readonly string[]): readonly string[] {
  const now = anchor.pins.map(pinText).filter((pin) => !earlier.includes(pin));
  return [...earlier, ...now].slice(-MOST_PINS);
}
