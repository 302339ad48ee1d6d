// The two headers of a multipart body that matter here: where a part ends, and which file it is (RFC 7578, RFC 2046 §5.1.1).
import { excerpt } from '@countersign/core';
import { RequestError } from './errors.ts';

const BOUNDARY = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([0-9A-Za-z'()+_,\-./:=?]{1,70}))\s*(?:;|$)/i;
const FILE_NAME = /;\s*filename="((?:[^"\\]|\\.){1,255})"/i;

/** Throws RequestError(`malformed`) unless `header` is `multipart/form-data` with a boundary. */
export function boundaryOf(header: string | undefined): string {
  const [, quoted, plain] = /^multipart\/form-data\s*;/i.test(header ?? '') ? (BOUNDARY.exec(header ?? '') ?? []) : [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw new RequestError('malformed', 'wanted multipart/form-data with a boundary');
  return boundary;
}

/**
 * The file name of a part, slashes included: a delegated role of a Notary repository is `targets/releases`. Throws
 * RequestError(`malformed`) for a part without one.
 */
export function fileNameOf(header: object): string {
  const values: unknown = Reflect.get(header, 'content-disposition');
  const value: unknown = Array.isArray(values) && values.length === 1 ? values[0] : undefined;
  const name = typeof value === 'string' && /^form-data\s*;/i.test(value) ? FILE_NAME.exec(value)?.[1] : undefined;
  if (name === undefined) throw new RequestError('malformed', 'wanted a part with one Content-Disposition and a file name');
  // A name of a role needs no escape; one that has any would be read differently by different programs.
  if (/[\\%]/.test(name)) throw new RequestError('malformed', `wanted a file name without escapes, got ${excerpt(name)}`);
  return name;
}
