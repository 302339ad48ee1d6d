// Rollback memory that travels with pins: where two speak, the higher number holds.
import type { Minimum, Version } from '@countersign/core';

export function highest(one: Minimum, other: Minimum): Minimum {
  const root = higher(one.root, other.root);
  const snapshot = higher(one.snapshot, other.snapshot);
  return { ...(root === undefined ? {} : { root }), ...(snapshot === undefined ? {} : { snapshot }) };
}

function higher(one: Version | undefined, other: Version | undefined): Version | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one > other ? one : other;
}
