// Root keys of Notary are certificates that speak for one repository. Each is made when its key becomes a root key, and signed by that
// key itself: the private half stays with its signer.
import {
  CERTIFICATE_LIFE,
  type CertificateSignature,
  draftCertificate,
  type Gun,
  type Instant,
  type KeySet,
  type PublicKey,
  sealCertificate,
  shortFingerprint,
  spellCertificateKey,
  spkiOf,
  tuf,
} from '@countersign/core';
import { PublishError } from '../errors.ts';
import type { World } from '../world.ts';
import type { Signing } from './conventions.ts';

const SERIAL_BYTES = 16;

// A key that no certificate can be made of is refused with this one's words.
const SIGNATURES: ReadonlyMap<string, CertificateSignature> = new Map([['rsassa-pss-sha256', 'rsassa-pss-sha256']]);

/**
 * The key as a root of `gun` holds it: ten years, from now on. Throws PublishError(`missing-keys`) where the key is elsewhere, and
 * FormatError for Ed25519, which clients of Notary take for no root key.
 */
export async function certifiedKey(key: PublicKey, { gun, signers }: Signing, world: World): Promise<PublicKey> {
  const { now, random, crypto } = world.options;
  const body = draftCertificate({
    ...lifeFrom(now()),
    gun,
    key: spkiOf(tuf.readKey(key.object, crypto)),
    serial: random(SERIAL_BYTES),
    signatureAlgorithm: SIGNATURES.get(key.scheme) ?? 'ecdsa-sha256',
  });
  const signer = signers.find((one) => one.key.fingerprint === key.fingerprint);
  if (signer === undefined) throw elsewhere(gun, key);
  const spelled = spellCertificateKey(sealCertificate(body, await signer.sign(body)), crypto);
  return { ...spelled, fingerprint: key.fingerprint, scheme: key.scheme };
}

export async function certifiedKeys({ keys, threshold }: KeySet, signing: Signing, world: World): Promise<KeySet> {
  const certified: PublicKey[] = [];
  for (const key of keys) certified.push(await certifiedKey(key, signing, world));
  return { keys: certified, threshold };
}

const lifeFrom = (now: Instant) => ({ notBefore: now, notAfter: (now + CERTIFICATE_LIFE) as Instant });

function elsewhere(gun: Gun, { fingerprint }: PublicKey): PublishError {
  const text = `root key ${shortFingerprint(fingerprint)} must sign a certificate for ${gun}, and is not at hand`;
  return new PublishError('missing-keys', text, { details: { role: 'root', threshold: 1, present: [], missing: [fingerprint] } });
}
