// Whether a token is one of the issuer's, for this server, and good now. The one file that imports jose.
//
// A token names the key that verifies it, and everything in that header was written by whoever made the token. So a key comes from
// the bundle, or from a certificate that leads there, and never from the header itself: an embedded `jwk` beside a known `kid` opened
// registries to everybody (CVE-2025-24976). And the algorithm is one of two, both with key pairs: `none` and HS256 with a public
// key as secret are old ways in.
import type { Instant } from '@countersign/core';
import { errors, type JWTHeaderParameters, jwtVerify } from 'jose';
import type { TokenSettings } from '../notary-config/settings.ts';
import type { Bundle } from './bundle.ts';
import { inForce, type TokenCertificate } from './certificate.ts';
import { trustedChain } from './chain.ts';
import { type Grant, readGrants } from './grants.ts';

export interface VerifiedToken {
  /** Whom the token was issued to; empty for tokens that are given to everybody. */
  readonly subject: string;
  readonly grants: readonly Grant[];
  /** From when until when it may be taken again without looking: the certificates that lead to its key are in force as well. */
  readonly from: number;
  readonly until: number;
}

/** Seconds by which clocks may differ, as registries have it. */
const LEEWAY = 60;

type TokenKey = { readonly signer: TokenCertificate; readonly path: readonly TokenCertificate[] };

/** Undefined for a token that must not be believed, whatever the reason. */
export async function verifyToken(
  token: string,
  { issuer, service }: TokenSettings,
  bundle: Bundle,
  now: Instant,
): Promise<VerifiedToken | undefined> {
  let path: readonly TokenCertificate[] = [];
  try {
    const { payload } = await jwtVerify(
      token,
      (header) => {
        const key = keyOf(header, bundle, now);
        if (key === undefined) throw new errors.JWKSNoMatchingKey();
        path = key.path;
        return key.signer.x509.publicKey;
      },
      {
        algorithms: Object.keys(KEY_KINDS),
        issuer,
        audience: service,
        currentDate: new Date(now),
        clockTolerance: LEEWAY,
        requiredClaims: ['exp'],
      },
    );
    const grants = readGrants(payload['access']);
    if (grants === undefined || payload.exp === undefined) return undefined;
    return {
      subject: payload.sub ?? '',
      grants,
      from: Math.max(((payload.nbf ?? 0) - LEEWAY) * 1000, ...path.map(({ fields }) => fields.notBefore)),
      until: Math.min((payload.exp + LEEWAY) * 1000, ...path.map(({ fields }) => fields.notAfter)),
    };
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/** The first that the header has of `x5c`, `jwk` with `x5c`, and `kid`; where that one fails, the others are not tried. */
function keyOf(header: JWTHeaderParameters, bundle: Bundle, now: Instant): TokenKey | undefined {
  const { typ, x5c, jwk, kid } = header;
  // Other uses of JWT name themselves here: `at+jwt` would be an access token of somebody else's API.
  if (typ !== undefined && !(typeof typ === 'string' && typ.toUpperCase() === 'JWT')) return undefined;
  const path = x5c !== undefined || jwk !== undefined ? trustedChain(x5c ?? jwk?.x5c, bundle, now) : namedPath(kid, bundle, now);
  const signer = path?.[0];
  return path !== undefined && signer !== undefined && KEY_KINDS[header.alg]?.(signer) === true ? { signer, path } : undefined;
}

function namedPath(kid: unknown, bundle: Bundle, now: Instant): readonly TokenCertificate[] | undefined {
  const named = typeof kid === 'string' ? bundle.byKeyId.get(kid) : undefined;
  return named !== undefined && inForce(named, now) ? [named] : undefined;
}

// The key says what it is for, not the token. RSA below 2048 bits could be factored (RFC 7518 §3.3).
const KEY_KINDS: Readonly<Record<string, (signer: TokenCertificate) => boolean>> = {
  RS256: ({ x509: { publicKey } }) => publicKey.asymmetricKeyType === 'rsa' && (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048,
  ES256: ({ x509: { publicKey } }) => publicKey.asymmetricKeyType === 'ec' && publicKey.asymmetricKeyDetails?.namedCurve === 'prime256v1',
};
