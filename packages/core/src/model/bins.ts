// Hash bins (TAP 15): one delegation that stands for 2^bits roles, each for the paths whose SHA-256 begins with its number. A bin is
// reckoned from a path or from a name and never looked up in a list, so that a delegation of four thousand million costs no more than one of two.
import { encodeHex } from '../bytes/hex.ts';
import { encodeUtf8 } from '../bytes/utf8.ts';
import type { Cryptography } from '../crypto/port.ts';
import type { RoleName } from '../names/brand.ts';
import { parseRoleName } from '../names/role-name.ts';
import { DENIALS } from './entries.ts';
import type { BinDelegation, DelegatedRole, TargetsContent } from './metadata.ts';

export const MOST_BITS = 32;

/** The most bins that we make and that our server takes: a search reads one of them, but a snapshot lists them all. */
export const MOST_BINS_WRITTEN = 1024;

const DIGIT_BITS = 4;
const digitsOf = (bits: number): number => Math.ceil(bits / DIGIT_BITS);

/** The bin that speaks for `path`: its number is the first bits of the SHA-256 of the path. */
export function binFor(bins: BinDelegation, path: string, crypto: Cryptography): DelegatedRole {
  const hex = encodeHex(crypto.digest('sha256', encodeUtf8(path)));
  const digits = digitsOf(bins.bits);
  const spare = digits * DIGIT_BITS - bins.bits;
  return bin(bins, Math.floor(Number.parseInt(hex.slice(0, digits), 16) / 2 ** spare));
}

/**
 * The bin that `delegator` leaves `path` to; undefined where it has none, and for denials: in a repository of ours they stand in the
 * role above the bins. Every verification asks for one, and in bins each would cost a second download as large as the first.
 */
export function binOf(delegator: TargetsContent, path: string, crypto: Cryptography): DelegatedRole | undefined {
  const bins = delegator.delegations?.bins;
  if (bins === undefined || (delegator.binding !== undefined && path.startsWith(DENIALS))) return undefined;
  return binFor(bins, path, crypto);
}

/** The bin of this name; undefined when no bin is called so, upper case and other widths included. */
export function binNamed(bins: BinDelegation, name: RoleName): DelegatedRole | undefined {
  const head = `${bins.prefix}-`;
  const number = name.slice(head.length);
  const digits = digitsOf(bins.bits);
  if (!name.startsWith(head) || number.length !== digits || !/^[0-9a-f]+$/.test(number)) return undefined;
  const index = Number.parseInt(number, 16);
  return index < 2 ** bins.bits ? bin(bins, index) : undefined;
}

/** The bins among `names`, in their order. Never all that there might be. */
export function binsAmong(bins: BinDelegation, names: Iterable<RoleName>): readonly DelegatedRole[] {
  const found: DelegatedRole[] = [];
  for (const name of names) {
    const role = binNamed(bins, name);
    if (role !== undefined) found.push(role);
  }
  return found;
}

/** The bin with the highest number. Throws FormatError(`invalid-name`) when no role can be called after the prefix. */
export const lastBin = (bins: BinDelegation): DelegatedRole => bin(bins, 2 ** bins.bits - 1);

/** Every bin, for whoever writes or takes in all of them. Throws RangeError beyond what we write. */
export function allBins(bins: BinDelegation): readonly DelegatedRole[] {
  const count = 2 ** bins.bits;
  if (count > MOST_BINS_WRITTEN) throw new RangeError(`wanted at most ${MOST_BINS_WRITTEN} bins, got ${count}`);
  return Array.from({ length: count }, (_, index) => bin(bins, index));
}

function bin({ bits, prefix, keyids, threshold }: BinDelegation, index: number): DelegatedRole {
  const digits = digitsOf(bits);
  const hex = (value: number): string => value.toString(16).padStart(digits, '0');
  const spare = 2 ** (digits * DIGIT_BITS - bits);
  const prefixes = Array.from({ length: spare }, (_, offset) => hex(index * spare + offset));
  // The text of TAP 15 calls bins non-terminating; every client that knows them lets a search end there, and so do we.
  return { name: parseRoleName(`${prefix}-${hex(index)}`), keyids, threshold, terminating: true, scope: { by: 'hash', prefixes } };
}
