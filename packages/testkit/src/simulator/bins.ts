// Hash bins (TAP 15) in a simulated repository.
import {
  binOf,
  draftBins,
  draftEntries,
  draftFirstTargets,
  expiryAfter,
  type Parsed,
  parseVersion,
  type RoleName,
  type Sealed,
  type Signer,
  type TargetEntry,
  tuf,
} from '@countersign/core';
import { withMember } from '../corrupt/member.ts';
import { roleName } from './simulate.ts';
import type { Bend, SignOptions, Simulator } from './simulator.ts';

const YEAR = 365 * 86_400_000;

export interface Spreading {
  readonly bits: number;
  /** The name of the role that delegates unless given. */
  readonly prefix?: string;
  /** Those of the role that delegates unless given. They sign the bins from now on. */
  readonly signers?: readonly Signer[];
  readonly threshold?: number;
}

/** The next version of `from`, which leaves its names to bins. They have no files yet. */
export async function spread(
  repository: Simulator,
  from: string,
  { bits, prefix = from, signers = repository.signersOf(from), threshold = 1 }: Spreading,
  options: SignOptions = {},
): Promise<Sealed> {
  const env = repository.env();
  const keys = { keys: signers.map(({ key }) => key), threshold };
  repository.keys.set(`${prefix}-*`, signers);
  return repository.seal(
    draftBins(repository.current('targets', roleName(from)), { bits, prefix, keys }, expiryAfter(env.now, YEAR), env),
    options,
  );
}

/** The bin of `from` into which a name falls. */
export function binFor(
  repository: Simulator,
  from: string,
  path: string,
  delegator: Parsed<'targets'> = repository.current('targets', roleName(from)),
): RoleName {
  const bin = binOf(delegator.content, path, repository.env().crypto);
  if (bin === undefined) throw new Error(`${from} leaves ${path} to no bin`);
  return bin.name;
}

/** The next version of one bin, or its first, with these entries added to it, whether they belong there or not. */
export async function binFile(
  repository: Simulator,
  bin: string,
  entries: Readonly<Record<string, TargetEntry>> = {},
  options: SignOptions = {},
): Promise<Sealed> {
  const env = repository.env();
  const name = roleName(bin);
  const expires = expiryAfter(env.now, YEAR);
  const signing: SignOptions = { signers: repository.signersOf(bin.replace(/[0-9a-f]+$/, '*')), ...options };
  if (repository.newest.has(name)) {
    return repository.seal(draftEntries(repository.current('targets', name), new Map(Object.entries(entries)), expires, env), signing);
  }
  const first = { name, version: parseVersion(1, 'version'), expires, binding: repository.binding, delegations: [] };
  const written = new Map(Object.entries(entries).map(([path, entry]) => [path, tuf.entry(entry)]));
  const bend: Bend = (signed) => (options.bend ?? ((same) => same))(withMember(['targets'], written)(signed));
  return repository.seal(draftFirstTargets(first, env), { ...signing, bend });
}
