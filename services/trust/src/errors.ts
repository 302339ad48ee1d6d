// What this service says no with, beside the errors of core, store and keys. Callers switch on `code`; each code has a heading in
// docs/reference/errors.md, and its status stands in http-errors.ts.
import { CountersignError, type ErrorContext } from '@countersign/core';

export type RequestCode =
  | 'not-found' // nothing is served under this name
  | 'method-not-allowed' // the address exists, the method does not
  | 'auth' // no credentials, or unknown ones
  | 'forbidden' // known credentials, without this right
  | 'wrong-host' // the Host header names another server
  | 'foreign-origin' // a page of another site wants to write
  | 'malformed' // the request is not what its format demands
  | 'too-large' // more bytes or parts than this server takes
  | 'unsupported-encoding' // a compressed body
  | 'too-many-headers' // more headers than anybody needs
  | 'invalid-parameters' // a query that cannot be answered
  | 'restored-store' // the store is older than what this server signed before
  | 'expired' // what is stored has expired, and signing anew failed
  | 'unavailable' // the store does not answer
  | 'signer-unavailable' // the signing service does not answer
  | 'signer-refused' // the signing service says no to what was to be signed
  | 'rate-limited' // more than this caller, or this repository, may ask for
  | 'busy' // too many uploads, or large answers, at this moment
  | 'internal'; // a mistake of this program

/** A request that is refused. `details.headers` are headers for the reply. */
export class RequestError extends CountersignError<RequestCode> {
  override readonly name = 'RequestError';
}

export type StartCode =
  | 'invalid-config' // a setting is unknown, missing or unusable
  | 'unsafe-listen' // others than this machine could reach a server without access control
  | 'cannot-listen' // the address is taken, or not of this machine
  | 'missing-marks' // a store without its high-water marks
  | 'wrong-master-key' // a master key from which other server keys follow than those that roots name
  | 'keys-left' // a master key beside a signing service that holds the keys
  | 'not-taken-over' // a store whose repositories the signing service does not know
  | 'worker-failed' // a worker process could not start; `details.code` says with what
  | 'store-exists' // a restore would take the place of a store
  | 'other-backup' // a backup has another digest than the one that was named
  | 'half-restored' // a restore was begun and not ended
  | 'damaged-marks'; // high-water marks that are not what was written

/** Why a server does not start. `next` is the next step for this very case. */
export class StartError extends CountersignError<StartCode> {
  override readonly name = 'StartError';
  readonly next: string | undefined;

  constructor(code: StartCode, message: string, context: ErrorContext & { readonly next?: string } = {}) {
    super(code, message, context);
    this.next = context.next;
  }
}
