// What both dialects spell alike: which keys sign a role, and how long a file is.
import { FormatError } from '../errors.ts';
import { asString, memberArray, memberInteger } from '../json/members.ts';
import type { JsonObject } from '../json/value.ts';
import type { RoleKeys } from '../model/metadata.ts';
import type { KeyId } from '../names/brand.ts';
import { parseKeyId } from '../names/key-id.ts';

export function readRoleKeys(object: JsonObject, where: string): RoleKeys {
  const keyids: KeyId[] = memberArray(object, 'keyids', where).map((id) => parseKeyId(asString(id, `${where}.keyids`)));
  if (new Set(keyids).size !== keyids.length) throw new FormatError('malformed', `${where}.keyids: the same key id stands there twice`);
  const threshold = memberInteger(object, 'threshold', where);
  if (threshold < 1) throw new FormatError('malformed', `${where}.threshold: wanted 1 or more, got ${threshold}`);
  return { keyids, threshold };
}

export function readLength(object: JsonObject, where: string): number {
  const length = memberInteger(object, 'length', where);
  if (length < 0) throw new FormatError('malformed', `${where}.length: wanted zero or more, got ${length}`);
  return length;
}
