// `--threshold ROLE=NUMBER`: how many must sign a role once a key was taken away.
import { isTopLevel, type PublicKey, parseOwnRoleName, parseRoleName, type RoleName } from '@countersign/core';
import { UsageError } from '../errors.ts';
import { typed } from '../given.ts';
import type { Given } from '../tree/spec.ts';

/** `next`: the key that comes in the place of the one that goes. Throws UsageError for anything else than distinct ROLE=NUMBER. */
export function typedThresholds(given: Given, next: PublicKey | undefined): ReadonlyMap<RoleName, number> {
  const pairs = given.texts('threshold').map(typedThreshold);
  if (next !== undefined && pairs.length > 0) {
    throw new UsageError('bad-arguments', '--to and --threshold: with a key in its place, every threshold stays');
  }
  const thresholds = new Map(pairs);
  if (thresholds.size < pairs.length) throw new UsageError('bad-arguments', '--threshold: wanted each role once');
  return thresholds;
}

/** The same as words again, in one order. */
export const thresholdWords = (thresholds: ReadonlyMap<RoleName, number>): readonly string[] =>
  [...thresholds].map(([role, number]) => `${role}=${number}`).sort();

function typedThreshold(text: string): readonly [RoleName, number] {
  const [, role = '', number = ''] = /^([^=]+)=([0-9]{1,4})$/.exec(text) ?? [];
  if (role === '') throw new UsageError('bad-arguments', `--threshold: wanted ROLE=NUMBER, got ${text.slice(0, 80)}`);
  return [typed('--threshold', () => (isTopLevel(role) ? parseRoleName(role) : parseOwnRoleName(role))), Number(number)];
}
