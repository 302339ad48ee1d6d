// The token server of the recording: it shows what a token allowed, and not the token. These allow the same.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { draftCertificate, type Instant, sealCertificate } from '@countersign/core';

export interface TokenServer {
  readonly settings: { readonly realm: string; readonly service: string; readonly issuer: string };
  /** In PEM. */
  readonly certificate: string;
  /** The header as it was, with a token in place of its description. */
  asRecorded(authorization: string, now: Instant): string;
}

const DAY = 86_400_000;

export function newTokenServer(): TokenServer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const begin = Date.parse('2026-01-01T00:00:00Z') as Instant;
  const body = draftCertificate({
    gun: 'token-server',
    key: publicKey.export({ type: 'spki', format: 'der' }),
    signatureAlgorithm: 'ecdsa-sha256',
    serial: randomBytes(16),
    notBefore: begin,
    notAfter: (begin + 365 * DAY) as Instant,
  });
  const certificate = sealCertificate(body, sign('sha256', body, privateKey));
  const settings = { realm: 'https://127.0.0.1:14020/token', service: 'notary-test', issuer: 'token-server' };
  const x5c = [certificate.replace(/-----[A-Z ]+-----|\n/g, '')];
  return {
    settings,
    certificate,
    asRecorded(authorization, now) {
      const access = /^Bearer <jwt access=(.*)>$/.exec(authorization)?.[1];
      if (access === undefined) return authorization;
      const seconds = Math.floor(now / 1000);
      const claims = {
        iss: settings.issuer,
        aud: settings.service,
        sub: 'writer',
        nbf: seconds - 10,
        exp: seconds + 300,
        access: JSON.parse(access),
      };
      const signed = `${encoded({ alg: 'ES256', typ: 'JWT', x5c })}.${encoded(claims)}`;
      const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `Bearer ${signed}.${signature.toString('base64url')}`;
    },
  };
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
