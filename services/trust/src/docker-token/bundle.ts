// The certificates that an operator trusts for tokens: `rootcertbundle`. Each is an authority that chains may end in, and its own
// key may sign tokens that name it by `kid`.
import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { unreadable } from '../config.ts';
import { StartError } from '../errors.ts';
import { encodeBase32 } from './base32.ts';
import { type TokenCertificate, tokenCertificate } from './certificate.ts';

export interface Bundle {
  readonly anchors: readonly TokenCertificate[];
  /** By the ids under which token servers name a key: libtrust's, and the thumbprint of RFC 7638. */
  readonly byKeyId: ReadonlyMap<string, TokenCertificate>;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Throws StartError `invalid-config`: the file cannot be read, or holds no certificate, or one that is none. */
export async function readBundleFile(file: string): Promise<Bundle> {
  let pem: string;
  try {
    pem = await readFile(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
  return readBundle(pem, file);
}

/** `where` is for messages. Throws StartError `invalid-config`. */
export function readBundle(pem: string, where: string): Bundle {
  const blocks = pem.match(BLOCK) ?? [];
  if (blocks.length === 0) throw new StartError('invalid-config', `${where}: wanted certificates in PEM, of those who issue tokens`);
  const anchors = blocks.map((block, index) => {
    const read = tokenCertificate(() => new X509Certificate(block));
    if (read === undefined) throw new StartError('invalid-config', `${where}: certificate ${index + 1} cannot be read`);
    return read;
  });
  const byKeyId = new Map(
    anchors.flatMap((anchor) => [libtrustId(anchor.x509.publicKey), thumbprint(anchor.x509.publicKey)].map((id) => [id, anchor] as const)),
  );
  byKeyId.delete('');
  return { anchors, byKeyId };
}

/** The first 240 bits of SHA-256 over the SPKI, in Base32, in twelve groups: as docker/libtrust names keys. */
export function libtrustId(key: KeyObject): string {
  const digest = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
  return encodeBase32(digest.subarray(0, 30)).match(/.{4}/g)?.join(':') ?? '';
}

/** RFC 7638 §3, of RSA and EC keys; empty for others, which sign no tokens here. */
export function thumbprint(key: KeyObject): string {
  const { kty, crv, x, y, e, n } = key.export({ format: 'jwk' });
  // The required members alone, in the order of their names.
  const members = kty === 'RSA' ? { e, kty, n } : kty === 'EC' ? { crv, kty, x, y } : undefined;
  return members === undefined ? '' : createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}
