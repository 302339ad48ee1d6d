// For tests: a token server, and everything that somebody who is none could send in its place.
import type { KeyObject } from 'node:crypto';
import type { Instant } from '@countersign/core';
import type { Identity } from '@countersign/testkit';
import { SignJWT } from 'jose';
import { type Bundle, readBundle } from '../docker-token/bundle.ts';
import type { TokenSettings } from '../notary-config/settings.ts';
import { DAY, NOON } from './laboratory.ts';

export const SETTINGS: TokenSettings = {
  realm: 'https://auth.example.com/token',
  service: 'trust.example.com',
  issuer: 'auth.example.com',
  rootCertBundle: 'bundle.pem',
};

export const later = (milliseconds: number, from: Instant = NOON): Instant => (from + milliseconds) as Instant;
export const YEAR = { from: later(-DAY), until: later(365 * DAY) };

export const bundleOf = (...identities: readonly Identity[]): Bundle => readBundle(identities.map(({ pem }) => pem).join(''), 'bundle.pem');

export interface TokenWishes {
  readonly key: KeyObject;
  readonly alg?: string;
  /** Members of the header beside `alg`; `typ` is JWT unless it is given. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Claims in place of the usual ones; undefined leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

export const seconds = (time: Instant): number => Math.floor(time / 1000);

export const APP_ACCESS = [{ type: 'repository', name: 'registry.example.com/team/app', actions: ['pull', 'push'] }];

export async function tokenOf({ key, alg = 'ES256', header, claims }: TokenWishes): Promise<string> {
  const all: Readonly<Record<string, unknown>> = {
    iss: SETTINGS.issuer,
    aud: SETTINGS.service,
    sub: 'writer',
    nbf: seconds(NOON) - 10,
    iat: seconds(NOON) - 10,
    exp: seconds(NOON) + 300,
    jti: '1',
    access: APP_ACCESS,
    ...claims,
  };
  const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return await new SignJWT(kept).setProtectedHeader({ alg, typ: 'JWT', ...header }).sign(key);
}

export const x5c = (...chain: readonly Identity[]): readonly string[] => chain.map(({ der }) => der.toString('base64'));

/** A token whose parts nobody made together: header and claims as given, and a signature of anything. */
export function rawToken(header: object, claims: object, signature: Uint8Array): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.${Buffer.from(signature).toString('base64url')}`;
}
