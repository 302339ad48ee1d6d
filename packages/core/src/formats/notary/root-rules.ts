// Which keys of a Notary root count. Its keys are certificates, and a certificate's name is the only place where Notary says which
// repository anything belongs to: it stands in for the binding that files of ours carry.
import { decodeBase64 } from '../../bytes/base64.ts';
import { decodeUtf8 } from '../../bytes/utf8.ts';
import { FormatError, TrustError } from '../../errors.ts';
import { memberObject, memberString } from '../../json/members.ts';
import { isJsonObject } from '../../json/value.ts';
import type { Parsed, RoleKeys } from '../../model/metadata.ts';
import { roleOf } from '../../model/role-of.ts';
import type { KeyId } from '../../names/brand.ts';
import type { RootAsked } from '../dialect.ts';
import type { Certificate } from './certificate.ts';
import { leafOf } from './keys.ts';
import { certificateObjection, speaksForAnother } from './root-certificates.ts';

/**
 * The keys whose certificate may carry a root key of the repository asked for. Throws TrustError when there is none, and
 * `wrong-repository` when one of them speaks for another repository: the holder of a root key signs roots of many, and a signature does
 * not say which of its certificates it was made with, so that a root with two names could go on with either.
 */
export function certifiedSigners(root: Parsed<'root'>, asked: RootAsked): RoleKeys {
  const { keyids, threshold } = roleOf(root, 'root');
  const refused: Certificate[] = [];
  const counted = keyids.filter((keyid) => {
    const certificate = certificateOf(root, keyid);
    if (certificate !== undefined && speaksForAnother(certificate, asked.gun)) throw noSigner(root, [certificate], asked);
    const objects = certificate === undefined || certificateObjection(certificate, asked) !== undefined;
    if (certificate !== undefined && objects) refused.push(certificate);
    return !objects;
  });
  if (counted.length === 0) throw noSigner(root, refused, asked);
  return { keyids: counted, threshold };
}

function noSigner(root: Parsed<'root'>, refused: readonly Certificate[], asked: RootAsked): TrustError {
  const what = `root v${root.content.version}`;
  const [first] = refused;
  const objection = first && certificateObjection(first, asked);
  if (first === undefined || objection === undefined)
    return new TrustError('untrusted-root', `${what}: none of its keys is a certificate, as Notary wants root keys to be`);
  // What would do at another time has only run out.
  const inTime = certificateObjection(first, { ...asked, now: undefined });
  if (inTime === undefined) return new TrustError('expired', `${what}: no certificate of its keys counts today: ${objection}`);
  const names = first.commonName === asked.gun ? 'untrusted-root' : 'wrong-repository';
  return new TrustError(names, `${what}: no certificate of its keys counts: ${objection}`);
}

/** The names in the certificates of a root's keys. */
export function certifiedNames(root: Parsed<'root'>): readonly string[] {
  const names = roleOf(root, 'root').keyids.map((keyid) => certificateOf(root, keyid)?.commonName);
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Undefined for a bare key, and for what cannot be read: neither counts. */
function certificateOf(root: Parsed<'root'>, keyid: KeyId): Certificate | undefined {
  const key = memberObject(root.signed, 'keys', 'signed').get(keyid);
  if (!isJsonObject(key) || !memberString(key, 'keytype', 'key').endsWith('-x509')) return undefined;
  try {
    return leafOf(decodeUtf8(decodeBase64(memberString(memberObject(key, 'keyval', 'key'), 'public', 'key.keyval'))));
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
