// Versions of metadata files. Other clients take 0, -5, 1.5 or `true` here; each is a way to stand still or go back.
import { FormatError } from '../errors.ts';
import { describeJson } from '../json/members.ts';
import type { JsonValue } from '../json/value.ts';
import type { Version } from './brand.ts';

/**
 * Reads a version: a whole number from 1 to 2^53-1 (TUF 1.0.34 §4.3). `where` names the member in the error, as in
 * `root.version`. Throws FormatError `malformed`.
 */
export function parseVersion(value: JsonValue | undefined, where: string): Version {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    const got = typeof value === 'number' ? String(value) : describeJson(value);
    throw new FormatError('malformed', `${where}: wanted a whole number from 1, got ${got}`);
  }
  return value as Version;
}
