// What this service says no with, beside the codes of its policy. Each code has a heading in docs/reference/errors.md.
import { CountersignError } from '@countersign/core';

export type ServiceCode =
  | 'not-found' // no such address
  | 'method-not-allowed' // the address exists, the method does not
  | 'forbidden' // a certificate of the right authority, and not of somebody who may do this
  | 'malformed' // the request is not what its format demands
  | 'unsupported-encoding' // a compressed body
  | 'too-many-headers' // more headers than anybody needs
  | 'too-large' // more bytes than this service takes
  | 'busy' // too many requests at this moment
  | 'unavailable' // what was signed cannot be remembered, so nothing is signed
  | 'internal'; // a mistake of this program

/** A request that is refused. */
export class ServiceError extends CountersignError<ServiceCode> {
  override readonly name = 'ServiceError';
}

export type SetupCode =
  | 'invalid-config' // a setting is missing or unusable
  | 'cannot-listen' // the address is taken, or not of this machine
  | 'locked' // another process has the data folder
  | 'missing-memory' // a master key without what it signed
  | 'wrong-master-key' // what was signed belongs to another master key
  | 'unavailable' // the disk under it is full or read-only
  | 'damaged-memory'; // what was signed cannot be read

/** Why the service does not start. */
export class SetupError extends CountersignError<SetupCode> {
  override readonly name = 'SetupError';
}
