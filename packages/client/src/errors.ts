// How the client can fail beside FormatError and TrustError (core) and FetchError (http).
import { CountersignError } from '@countersign/core';

/**
 * What is remembered on this machine cannot be used. The text names the path. `damaged-state`: a file is unreadable, truncated
 * or edited; it is never taken for an empty one. `unsafe-state`: the folder belongs to somebody else or others may write to it.
 * `unwritable-state`: nothing can be remembered there, so nothing is verified. `conflicting-pin`: another pin stands already.
 */
export type StateCode = 'damaged-state' | 'unsafe-state' | 'unwritable-state' | 'conflicting-pin';

export class StateError extends CountersignError<StateCode> {
  override readonly name = 'StateError';
}

/**
 * Nothing was published. `conflict`: others kept publishing until the deadline; `refused`: the server's judgement, its own code
 * and words are in `details`; `missing-keys`: the signers at hand do not meet a role's threshold, `details` names the absent
 * ones; `exists`: there is a repository of this name already; `unknown-role`: no delegation leads to the role; `shadowed`: the
 * own draft, searched as every client searches it, does not say what was meant; `known-signer`: the key or the name of a signer is
 * in use; `unknown-signer`: nobody is called so; `impossible-threshold`: fewer keys than must sign; `no-draft`: nothing waits for
 * signatures under this name; `overtaken`: a draft that does not follow what stands; `not-in-dialect`: repositories
 * of this kind have no place for what was asked.
 */
export type PublishCode =
  | 'conflict'
  | 'refused'
  | 'missing-keys'
  | 'exists'
  | 'unknown-role'
  | 'shadowed'
  | 'known-signer'
  | 'unknown-signer'
  | 'impossible-threshold'
  | 'no-draft'
  | 'overtaken'
  | 'not-in-dialect';

export class PublishError extends CountersignError<PublishCode> {
  override readonly name = 'PublishError';
}

/**
 * The trust server answered, but not with what was asked for. `auth`: it wants credentials or refuses ours (401, 403).
 * `unavailable`: any other status; only 404 ever means "does not exist". `offline`: the answer is not at hand and no server may
 * be asked. `details` may hold `status`, `code` and `detail`.
 */
export type ServerCode = 'auth' | 'unavailable' | 'offline';

export class ServerError extends CountersignError<ServerCode> {
  override readonly name = 'ServerError';
}
