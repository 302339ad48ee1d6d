// Certificates of those who sign tokens: read twice, by OpenSSL for keys and signatures, and by our own reader for what Node does not
// tell: times as numbers, the algorithm of the signature, and what the certificate forbids.
import type { X509Certificate } from 'node:crypto';
import { type Certificate, FormatError, type Instant, readCertificate } from '@countersign/core';

export interface TokenCertificate {
  readonly x509: X509Certificate;
  readonly fields: Certificate;
}

/** Undefined for what one of both readers refuses. */
export function tokenCertificate(read: () => X509Certificate): TokenCertificate | undefined {
  let x509: X509Certificate;
  try {
    x509 = read();
    // A key of an algorithm that OpenSSL does not know throws when it is asked for.
    x509.publicKey.asymmetricKeyType;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
  try {
    return { x509, fields: readCertificate(x509.raw) };
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** Whether it is in force, both ends included (RFC 5280 §4.1.2.5). */
export const inForce = ({ fields }: TokenCertificate, now: Instant): boolean => fields.notBefore <= now && now <= fields.notAfter;
