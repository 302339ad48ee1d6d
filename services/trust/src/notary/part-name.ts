// Which role a part of an upload brings. A delegated role is `targets/releases`: whoever drops the folders of a file name, as many
// libraries do, cannot take one.
import { FormatError, parseNotaryRoleName, type RoleName } from '@countersign/core';
import { notaryRefusal } from './refusal.ts';
import { fitting } from './update-detail.ts';

const FILE_NAME = /;\s*filename=(?:"((?:[^"\\]|\\.)*)"|([^\s";,]+))/i;

/** The `filename` of a part, unquoted (RFC 2183 §2.3); undefined where there is none. */
export function partFileName(header: object): string | undefined {
  const values: unknown = Reflect.get(header, 'content-disposition');
  const value: unknown = Array.isArray(values) && values.length === 1 ? values[0] : undefined;
  if (typeof value !== 'string') return undefined;
  const [, quoted, plain] = FILE_NAME.exec(value) ?? [];
  const name = quoted?.replace(/\\(.)/g, '$1') ?? plain;
  // The splitter gives headers one character for each byte.
  return name && Buffer.from(name, 'latin1').toString('utf8');
}

/** `.json` may follow. Throws RequestError. */
export function partRole(fileName: string | undefined): RoleName {
  const role = fileName?.endsWith('.json') ? fileName.slice(0, -'.json'.length) : (fileName ?? '');
  if (role === '') throw notaryRefusal('NO_FILENAME', 'a part of the upload has no file name');
  try {
    return parseNotaryRoleName(role);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw notaryRefusal('INVALID_ROLE', error.message, fitting(role, 700));
  }
}
