// What is to be signed, read as metadata. The bytes that are judged are the bytes that are signed: anything that reads as something but
// is spelled otherwise is refused, because its signature would be good for bytes that nobody judged.
import { type Env, equalBytes, FormatError, isJsonObject, type JsonObject, type Parsed, parseRoleName, readJson } from '@countersign/core';
import { PolicyError } from './errors.ts';
import type { SignerRole } from './memory.ts';

/** Throws PolicyError: `malformed`, `wrong-role`. */
export function readPayload<Role extends SignerRole>(role: Role, payload: Uint8Array, env: Env): Parsed<Role> {
  try {
    const { value } = readJson(payload, { maxDepth: env.limits.jsonDepth });
    if (!isJsonObject(value)) throw new FormatError('malformed', 'wanted a JSON object');
    checkType(role, value);
    const parsed = env.dialect.parse(role, parseRoleName(role), env.dialect.file(value, []), env);
    if (!equalBytes(parsed.signedBytes, payload)) throw new FormatError('malformed', 'wanted the canonical form');
    return parsed;
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new PolicyError('malformed', `what is to be signed is no ${role} of ${env.dialect.name}: ${cause.message}`, { cause });
  }
}

/** Its parser would say so too, but somebody who asks one key for another role's signature is worth a name of its own. */
function checkType(role: SignerRole, signed: JsonObject): void {
  const type = signed.get('_type');
  if (typeof type !== 'string' || type.toLowerCase() === role) return;
  throw new PolicyError('wrong-role', `what is to be signed is ${type.slice(0, 40)}, the key signs ${role}`);
}
