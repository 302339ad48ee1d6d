// What the store itself asks of names and numbers before it builds keys and records from them. The grammars are core's and were
// applied at the edge; here is only what would break a key, a record or an ordering.
import type { Digest, Fingerprint, Gun, RoleName, Version } from '@countersign/core';
import type { DialectName } from './dialect-name.ts';

// Control characters could imitate a separator; a lone surrogate has no UTF-8 form, so two names would become one.
const unwritable = /[\p{Cc}\p{Surrogate}]/u;
const hex64 = /^[0-9a-f]{64}$/;

const isText = (value: unknown, maxBytes: number): value is string =>
  typeof value === 'string' && value !== '' && !unwritable.test(value) && Buffer.byteLength(value) <= maxBytes;

export const isGun = (value: unknown): value is Gun => isText(value, 255);
export const isDialectName = (value: unknown): value is DialectName => value === 'tuf' || value === 'notary';
export const isRoleName = (value: unknown): value is RoleName => isText(value, 1024);
export const isWhole = (value: unknown, least: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
export const isVersion = (value: unknown): value is Version => isWhole(value, 1);
export const isDigest = (value: unknown): value is Digest =>
  typeof value === 'string' && value.startsWith('sha256:') && hex64.test(value.slice(7));
export const isHash = (value: unknown): value is string => typeof value === 'string' && hex64.test(value);
export const isFingerprint = (value: unknown): value is Fingerprint => isHash(value);
