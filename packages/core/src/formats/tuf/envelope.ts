// The envelope of a TUF file: `signed` and `signatures` (TUF 1.0.34 §4.2), from bytes to Parsed and back.
import { concatBytes } from '../../bytes/bytes.ts';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { FormatError } from '../../errors.ts';
import { encodeCanonical } from '../../json/canonical.ts';
import { asObject, memberArray, memberObject, memberString } from '../../json/members.ts';
import { readJson } from '../../json/read.ts';
import { isJsonObject, type JsonObject, type JsonValue, jsonObject } from '../../json/value.ts';
import { encodeJson } from '../../json/write.ts';
import type { ContentByKind, Parsed, RoleKind, Signature } from '../../model/metadata.ts';
import type { RoleName } from '../../names/brand.ts';
import { parseKeyId } from '../../names/key-id.ts';
import type { NewSignature, ParseEnv } from '../dialect.ts';
import { readRoot, readSnapshot, readTargets, readTimestamp } from './roles.ts';

const READERS: { readonly [Kind in RoleKind]: (signed: JsonObject) => ContentByKind[Kind] } = {
  root: readRoot,
  timestamp: readTimestamp,
  snapshot: readSnapshot,
  targets: readTargets,
};

export function parseTufFile<Kind extends RoleKind>(kind: Kind, name: RoleName, file: Uint8Array, env: ParseEnv): Parsed<Kind> {
  const document = readJson(file, { maxDepth: env.limits.jsonDepth });
  if (!isJsonObject(document.value)) throw new FormatError('malformed', `${name}: wanted a JSON object`);
  const signed = memberObject(document.value, 'signed', name);
  const signatures = readSignatures(document.value, name, env);
  return {
    kind,
    name,
    content: READERS[kind](signed),
    signed,
    // Over the raw tree, never over the model: unknown members are signed too (§4.2). Where the file holds the canonical form
    // already, its bytes are the canonical form.
    signedBytes: document.canonicalMember('signed') ?? encodeCanonical(signed),
    signatures,
    file,
  };
}

function readSignatures(envelope: JsonObject, name: RoleName, env: ParseEnv): readonly Signature[] {
  const array = memberArray(envelope, 'signatures', name);
  if (array.length > env.limits.signatures) {
    throw new FormatError('too-large', `${name}: wanted at most ${env.limits.signatures} signatures, got ${array.length}`);
  }
  const seen = new Set<string>();
  return array.map((item) => {
    const object = asObject(item, `${name}.signatures`);
    const keyid = parseKeyId(memberString(object, 'keyid', `${name}.signatures`));
    // §4.2: a key id stands once. Some readers count twice what stands twice.
    if (seen.has(keyid)) throw new FormatError('malformed', `${name}.signatures: key id ${keyid.slice(0, 16)} stands there twice`);
    seen.add(keyid);
    return { keyid, bytes: readSignatureBytes(memberString(object, 'sig', `${name}.signatures`)) };
  });
}

/** An empty or malformed signature is tolerated beside a threshold of good ones: it counts zero. */
function readSignatureBytes(text: string): Uint8Array | undefined {
  try {
    return decodeHex(text);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** `{"signatures":[…],"signed":…}` with `signed` written once: these bytes are what hashes and stores see. */
export function writeTufFile(signed: JsonObject, signatures: readonly NewSignature[]): Uint8Array {
  const list: JsonValue[] = signatures.map(({ keyid, bytes }) => jsonObject({ keyid, sig: encodeHex(bytes) }));
  const text = new TextEncoder();
  return concatBytes(text.encode('{"signatures":'), encodeJson(list), text.encode(',"signed":'), encodeJson(signed), text.encode('}'));
}
