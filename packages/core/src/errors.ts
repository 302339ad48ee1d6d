// The error families of Countersign. Callers switch on `code`, a stable literal; the text may change at any time.
// Every code has a heading in docs/reference/errors.md.

/** What an error carries beside its text: the cause it wraps, and facts for machines (never secrets). */
export interface ErrorContext {
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The base of every error that Countersign raises on purpose. */
export class CountersignError<Code extends string = string> extends Error {
  override readonly name: string = 'CountersignError';
  readonly code: Code;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, context: ErrorContext = {}) {
    super(message, 'cause' in context ? { cause: context.cause } : undefined);
    this.code = code;
    this.details = context.details ?? {};
  }
}

/**
 * Bytes that are not what they should be, before any question of trust.
 * `malformed`: the structure is wrong; `too-large`: a limit was exceeded; `invalid-name`: a name breaks its grammar.
 */
export type FormatCode = 'malformed' | 'too-large' | 'invalid-name';

export class FormatError extends CountersignError<FormatCode> {
  override readonly name = 'FormatError';
}

/** Well-formed metadata that must not be believed, or a question that trusted metadata answers with no. */
export type TrustCode =
  | 'signature' // too few valid signatures by distinct keys
  | 'expired' // its time is over
  | 'clock' // the local clock is behind what was seen before
  | 'rollback' // older than what was verified before
  | 'mismatch' // length or digest differs from what was signed
  | 'untrusted-root' // a pin does not match, or there is none
  | 'wrong-repository' // metadata of another repository
  | 'equivocation' // two stories about one record, or two files under one version
  | 'missing' // a file that trusted metadata names, or a name seen before, is not served
  | 'unsigned' // fresh verified targets lack the name
  | 'revoked' // a signed statement denies the digest
  | 'wrong-kind' // the signed entry speaks of something else
  | 'policy' // trusted, but policy says no
  | 'strange-draft' // a draft that changes more than its signers can be shown
  | 'limit'; // a search or a chain stopped at its limit

export class TrustError extends CountersignError<TrustCode> {
  override readonly name = 'TrustError';
}

/** Why a server, or a publisher checking its own draft, refuses an upload that is well formed. */
export type ReviewCode =
  | 'conflict' // somebody else published this version first
  | 'wrong-version' // versions rise by exactly one
  | 'refused-upload' // a role that publishers do not upload, or nothing at all
  | 'unknown-role' // no delegation leads to this role
  | 'impossible-role' // a threshold that can never be met, an unusable key, an unreadable role
  | 'unsafe-name' // a role name, target name or pattern that clients read differently
  | 'server-key' // the server's keys are missing, foreign, or used in another role
  | 'orphaned-role' // a stored role would stop verifying
  | 'foreign-metadata' // published under another name before
  | 'needs-old-root' // a deleted repository continues only with its old root, or an administrator
  | 'other-draft'; // another draft of the role waits for signatures

export class ReviewError extends CountersignError<ReviewCode> {
  override readonly name = 'ReviewError';
}
