// What the policy says no with. Callers switch on `code`; each code has a heading in docs/reference/errors.md.
import { CountersignError } from '@countersign/core';

export type PolicyCode =
  | 'wrong-role' // what is to be signed is of another role than the key
  | 'malformed' // no metadata of this dialect in its canonical form
  | 'wrong-repository' // it belongs to another repository
  | 'wrong-key' // the root in force gives the role to another key than the one asked for
  | 'retired-key' // a key that signs nothing any more
  | 'rollback' // lower than what was signed before
  | 'equivocation' // other content under a version, or a place in the record, that was signed before
  | 'wrong-version' // a step that leaves a gap
  | 'expiry-bounds' // it has run out already, or would live longer than such files may
  | 'missing-evidence' // a file that the judgement needs was not shown, or is not the one that was accepted before
  | 'unaccepted-upload' // the files behind a snapshot are not what their publisher may have published
  | 'not-derived' // it says something else than what follows from accepted files
  | 'unknown-snapshot'; // a timestamp for a snapshot that was never accepted here

/** Why a signature is refused. `details.because` is the code of core where the reason lies in the files that were shown. */
export class PolicyError extends CountersignError<PolicyCode> {
  override readonly name = 'PolicyError';
}
