// From the certificate that signed a token to one that the operator trusts (RFC 5280 §6.1, as far as tokens need it). The chain
// stands in its order, each certificate certified by the next (RFC 7515 §4.1.6), so that checking it takes as many signatures as it
// has certificates, whatever somebody puts into it.
import { X509Certificate } from 'node:crypto';
import { decodeBase64, FormatError, type Instant } from '@countersign/core';
import type { Bundle } from './bundle.ts';
import { inForce, type TokenCertificate, tokenCertificate } from './certificate.ts';

// Token servers send one certificate, or one and its authority.
const LONGEST = 5;

// Contents of OIDs of signatures over SHA-256, SHA-384 and SHA-512. Certificates over MD5 and SHA-1 can be made by others (2008, 2020).
const SOUND_SIGNATURES: ReadonlySet<string> = new Set([
  '2a864886f70d01010b', // sha256WithRSAEncryption
  '2a864886f70d01010c',
  '2a864886f70d01010d',
  '2a864886f70d01010a', // RSASSA-PSS
  '2a8648ce3d040302', // ecdsa-with-SHA256
  '2a8648ce3d040303',
  '2a8648ce3d040304',
  '2b6570', // Ed25519
]);

// basicConstraints, keyUsage and extKeyUsage are looked at, or do not matter for tokens; subjectAltName names hosts.
const UNDERSTOOD: ReadonlySet<string> = new Set(['551d13', '551d0f', '551d25', '551d11']);

/** The certificates of a chain whose first may sign tokens at `now`; undefined when none of them leads to the bundle. */
export function trustedChain(x5c: unknown, bundle: Bundle, now: Instant): readonly TokenCertificate[] | undefined {
  const chain = readChain(x5c);
  if (chain === undefined) return undefined;
  const passed: TokenCertificate[] = [];
  for (const [index, certificate] of chain.entries()) {
    if (!inForce(certificate, now)) return undefined;
    passed.push(certificate);
    const same = bundle.anchors.some(({ x509 }) => x509.raw.equals(certificate.x509.raw));
    if (same) return passed;
    if (!certificate.fields.critical.every((oid) => UNDERSTOOD.has(oid))) return undefined;
    // Authorities between this one and the first: those that a limit on the length of the path counts.
    const anchor = bundle.anchors.find((candidate) => inForce(candidate, now) && certifies(candidate, certificate, index));
    if (anchor !== undefined) return [...passed, anchor];
    const next = chain[index + 1];
    if (next === undefined || !certifies(next, certificate, index)) return undefined;
  }
  return undefined;
}

/** Whether `issuer` may certify and did certify `subject`, with `between` authorities below it. */
function certifies(issuer: TokenCertificate, subject: TokenCertificate, between: number): boolean {
  return (
    // By OpenSSL: an authority by its basic constraints, and allowed to sign certificates where it says what its key is for.
    issuer.x509.ca &&
    (issuer.fields.pathLength === undefined || between <= issuer.fields.pathLength) &&
    SOUND_SIGNATURES.has(subject.fields.signedWith) &&
    subject.x509.checkIssued(issuer.x509) &&
    subject.x509.verify(issuer.x509.publicKey)
  );
}

/** RFC 7515 §4.1.6: DER in base64, not base64url. */
function readChain(x5c: unknown): readonly TokenCertificate[] | undefined {
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > LONGEST) return undefined;
  const chain: TokenCertificate[] = [];
  for (const text of x5c) {
    const der = typeof text === 'string' ? derOf(text) : undefined;
    const certificate = der === undefined ? undefined : tokenCertificate(() => new X509Certificate(der));
    if (certificate === undefined) return undefined;
    chain.push(certificate);
  }
  return chain;
}

function derOf(text: string): Uint8Array | undefined {
  try {
    return decodeBase64(text);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
