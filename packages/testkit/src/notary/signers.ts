// Signers as a repository of Notary knows them: keys in its spelling, and root keys inside certificates.
import { randomBytes } from 'node:crypto';
import {
  CERTIFICATE_LIFE,
  draftCertificate,
  type Instant,
  type KeySpelling,
  memberObject,
  memberString,
  type Signer,
  sealCertificate,
  spellCertificateKey,
  spellNotaryKey,
  spkiOf,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { generateSigner, type LocalSigner } from '@countersign/signers';

const crypto = nativeCryptography();

function spellingOf({ key: { object, scheme } }: LocalSigner): KeySpelling {
  const text = memberString(memberObject(object, 'keyval', 'key'), 'public', 'key.keyval');
  return { keytype: memberString(object, 'keytype', 'key'), scheme, public: text };
}

/** The same key, as every role but root holds it. */
export function bareSigner(signer: LocalSigner): Signer {
  return { key: { ...signer.key, ...spellNotaryKey(spellingOf(signer), crypto) }, sign: (message) => signer.sign(message) };
}

export interface CertificateOptions {
  readonly commonName: string;
  readonly notBefore: number;
  /** Milliseconds. */
  readonly life?: number;
}

/** The same key in a certificate that it signed itself, as root holds it. Only for keys of ECDSA on P-256. */
export async function certifiedSigner(
  signer: LocalSigner,
  { commonName, notBefore, life = CERTIFICATE_LIFE }: CertificateOptions,
): Promise<Signer> {
  const body = draftCertificate({
    gun: commonName,
    key: spkiOf(spellingOf(signer)),
    signatureAlgorithm: 'ecdsa-sha256',
    serial: new Uint8Array(randomBytes(16)),
    notBefore: notBefore as Instant,
    notAfter: (notBefore + life) as Instant,
  });
  const pem = sealCertificate(body, await signer.sign(body));
  return { key: { ...signer.key, ...spellCertificateKey(pem, crypto) }, sign: (message) => signer.sign(message) };
}

/** A new key that metadata holds bare. */
export const freshBareSigner = (kind: 'ed25519' | 'ecdsa-p256' = 'ecdsa-p256'): Signer => bareSigner(generateSigner(kind));
