// The envelope of a file of Notary v1: `signed` and `signatures`, from bytes to Parsed and back.
import { FormatError } from '../../errors.ts';
import { encodeCanonical } from '../../json/canonical.ts';
import { asObject, memberArray, memberObject, memberString } from '../../json/members.ts';
import { readJson } from '../../json/read.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';
import type { ContentByKind, Parsed, RoleKind, Signature } from '../../model/metadata.ts';
import type { RoleName } from '../../names/brand.ts';
import { parseKeyId } from '../../names/key-id.ts';
import type { NewSignature, ParseEnv } from '../dialect.ts';
import { knownMembers, refuseLookalikes } from './lookalikes.ts';
import { readRoot, readSnapshot, readTargets, readTimestamp } from './roles.ts';
import { readSignatureBytes } from './signature.ts';
import { spellSignature } from './spell-signature.ts';
import { writeNotaryFile } from './wire.ts';

type Reader<Kind extends RoleKind> = (signed: JsonObject, name: RoleName, env: ParseEnv) => ContentByKind[Kind];

const READERS: { readonly [Kind in RoleKind]: Reader<Kind> } = {
  root: (signed, _name, env) => readRoot(signed, env),
  timestamp: readTimestamp,
  snapshot: readSnapshot,
  targets: readTargets,
};

const ENVELOPE = knownMembers('signed', 'signatures');
const SIGNATURE = knownMembers('keyid', 'method', 'sig');

export function parseNotary<Kind extends RoleKind>(kind: Kind, name: RoleName, file: Uint8Array, env: ParseEnv): Parsed<Kind> {
  const document = readJson(file, { maxDepth: env.limits.jsonDepth });
  if (!isJsonObject(document.value)) throw new FormatError('malformed', `${name}: wanted a JSON object`);
  refuseLookalikes(document.value, ENVELOPE, name);
  const signed = memberObject(document.value, 'signed', name);
  return {
    kind,
    name,
    signatures: readSignatures(document.value, name, env),
    content: READERS[kind](signed, name, env),
    signed,
    // Never the bytes as they stand: Go escapes some characters on the wire that signatures cover as they are.
    signedBytes: document.canonicalMember('signed') ?? encodeCanonical(signed),
    file,
  };
}

function readSignatures(envelope: JsonObject, name: RoleName, env: ParseEnv): readonly Signature[] {
  const array = memberArray(envelope, 'signatures', name);
  if (array.length > env.limits.signatures)
    throw new FormatError('too-large', `${name}: wanted at most ${env.limits.signatures} signatures, got ${array.length}`);
  const seen = new Set<string>();
  return array.map((item) => {
    const object = asObject(item, `${name}.signatures`);
    refuseLookalikes(object, SIGNATURE, `${name}.signatures`);
    const keyid = parseKeyId(memberString(object, 'keyid', `${name}.signatures`));
    if (seen.has(keyid)) throw new FormatError('malformed', `${name}.signatures: key id ${keyid.slice(0, 16)} stands there twice`);
    seen.add(keyid);
    const [method, text] = [memberString(object, 'method', `${name}.signatures`), memberString(object, 'sig', `${name}.signatures`)];
    return { keyid, bytes: readSignatureBytes(method, text) };
  });
}

/** Byte for byte as a real notary-server writes it again. Throws FormatError for signatures of kinds that Notary does not know. */
export function writeNotary(signed: JsonObject, signatures: readonly NewSignature[]): Uint8Array {
  return writeNotaryFile(
    signed,
    signatures.map(({ keyid, scheme, bytes }) => ({ keyid, ...spellSignature(scheme, bytes) })),
  );
}
