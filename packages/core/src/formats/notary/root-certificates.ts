// Whether a certificate may carry a root key of a repository: Notary names the repository there and nowhere else.

import type { Instant } from '../../names/brand.ts';
import { formatInstant } from '../../names/instant.ts';
import type { Certificate } from './certificate.ts';

const DAY = 86_400_000;

// Contents of OIDs of signatures over SHA-1: RSA (1.2.840.113549.1.1.5), ECDSA (1.2.840.10045.4.1), DSA (1.2.840.10040.4.3). Collisions
// of SHA-1 were made long ago. Those over MD5 and MD2 are older still.
const BROKEN: ReadonlySet<string> = new Set([
  '2a864886f70d010105',
  '2a8648ce3d0401',
  '2a8648ce380403',
  '2a864886f70d010104',
  '2a864886f70d010102',
]);

export interface CertificateRules {
  /** The repository, as it was asked for. */
  readonly gun: string;
  /** Undefined for a root that is only a step to a newer one: the time of its certificate may be over. */
  readonly now: Instant | undefined;
  /** Whether a common name that ends in `*` may speak for every name that begins like it: policy has to say so. */
  readonly wildcards: 'refuse' | 'allow';
}

/** Why this certificate may not carry a root key there, or undefined. */
export function certificateObjection(certificate: Certificate, { gun, now, wildcards }: CertificateRules): string | undefined {
  const { commonName, notBefore, notAfter, signedWith } = certificate;
  if (!names(commonName, gun, wildcards)) return `it speaks for ${(commonName ?? 'nobody').slice(0, 80)}, wanted ${gun.slice(0, 80)}`;
  if (BROKEN.has(signedWith)) return 'it is signed over a hash that is broken';
  if (now === undefined) return undefined;
  // Clocks of signers run ahead a little.
  if (!(notBefore <= now + DAY)) return `it begins at ${formatInstant(notBefore)}, now is ${formatInstant(now)}`;
  if (!(notAfter > now)) return `it ended at ${formatInstant(notAfter)}, now is ${formatInstant(now)}`;
  return undefined;
}

/** Whether it names a repository, and not this one, with or without a `*`. */
export const speaksForAnother = ({ commonName }: Certificate, gun: string): boolean => !names(commonName, gun, 'allow');

function names(commonName: string | undefined, gun: string, wildcards: CertificateRules['wildcards']): boolean {
  if (commonName === undefined || commonName === '') return false;
  if (commonName === gun) return true;
  return wildcards === 'allow' && commonName.endsWith('*') && gun.startsWith(commonName.slice(0, -1));
}
