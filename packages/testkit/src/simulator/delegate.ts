// Teams: delegated roles below `targets` or below each other.
import { draftDelegations, draftFirstTargets, expiryAfter, parseVersion, type Sealed, type Signer } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { roleName } from './simulate.ts';
import type { SignOptions, Simulator } from './simulator.ts';

const YEAR = 365 * 86_400_000;

export interface Delegating {
  readonly paths: readonly string[];
  /** One new key unless given. They sign the role from now on. */
  readonly signers?: readonly Signer[];
  readonly threshold?: number;
  readonly terminating?: boolean;
}

/** The next version of `from`, which delegates to `to`. */
export async function delegate(
  repository: Simulator,
  from: string,
  to: string,
  { paths, signers = [generateSigner('ed25519')], threshold = 1, terminating = false }: Delegating,
  options: SignOptions = {},
): Promise<Sealed> {
  const env = repository.env();
  const change = { name: roleName(to), keys: { keys: signers.map(({ key }) => key), threshold }, paths, terminating };
  repository.keys.set(to, signers);
  const draft = draftDelegations(repository.current('targets', roleName(from)), [change], expiryAfter(env.now, YEAR), env);
  return await repository.seal(draft, options);
}

/** The first file of a delegated role, empty unless it is bent. */
export async function firstFile(repository: Simulator, role: string, options: SignOptions = {}): Promise<Sealed> {
  const env = repository.env();
  const facts = { version: parseVersion(1, 'version'), expires: expiryAfter(env.now, YEAR), binding: repository.binding };
  return await repository.seal(draftFirstTargets({ name: roleName(role), ...facts, delegations: [] }, env), options);
}
