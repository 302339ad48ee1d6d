// Whose certificate may carry a root key of which repository, on those that the real programs made.
import { type CertificateRules, certificateObjection, type Instant, leafOf } from '@countersign/core';
import { describe, expect, it } from 'vitest';
import { exchanges, filesIn } from './notary-traces.ts';

const RECORDED = Date.UTC(2026, 10, 21, 12) as Instant;
const YEAR = 365 * 86_400_000;

/** The bundles of root keys by the repository whose server took them. */
const bundles = new Map<string, Set<string>>();
for (const exchange of exchanges.filter(({ response }) => response.status === 200)) {
  const gun = /^\/v2\/(.+)\/_trust\/tuf\//.exec(exchange.request.target)?.[1];
  for (const bytes of gun === undefined ? [] : filesIn(exchange)) {
    const text = bytes.toString('utf8');
    if (!text.startsWith('{"signed":{"_type":"Root"')) continue;
    for (const [, key = ''] of text.matchAll(/-x509","keyval":\{"private":null,"public":"([^"]+)"/g)) {
      const known = bundles.get(gun ?? '') ?? new Set();
      bundles.set(gun ?? '', known.add(Buffer.from(key, 'base64').toString('utf8')));
    }
  }
}
const cases = [...bundles].flatMap(([gun, pems]) => [...pems].map((pem) => [gun, leafOf(pem)] as const));
const rules = (gun: string, more: Partial<CertificateRules> = {}): CertificateRules => ({
  gun,
  now: RECORDED,
  wildcards: 'refuse',
  ...more,
});

describe('the certificate of a root key', () => {
  it('was recorded for several repositories', () => {
    expect(bundles.size).toBeGreaterThan(5);
  });

  it.each(cases)('of %s speaks for it', (gun, certificate) => {
    expect(certificateObjection(certificate, rules(gun))).toBeUndefined();
  });

  it.each(cases)('of %s speaks for no other name', (gun, certificate) => {
    for (const other of [
      '',
      `${gun}x`,
      gun.slice(0, -1),
      gun.toUpperCase(),
      `${gun}/sub`,
      ...[...bundles.keys()].filter((name) => name !== gun),
    ]) {
      expect(certificateObjection(certificate, rules(other, { wildcards: 'allow' })), other).toMatch(/^it speaks for /);
    }
  });

  it.each(cases)('of %s is refused outside its time, except on the way to a newer root', (gun, certificate) => {
    for (const now of [RECORDED + 11 * YEAR, certificate.notAfter, certificate.notBefore - 86_400_001] as Instant[]) {
      expect(certificateObjection(certificate, rules(gun, { now }))).toMatch(/^it (?:began|begins|ended) /);
      expect(certificateObjection(certificate, rules(gun, { now: undefined }))).toBeUndefined();
    }
    expect(() => certificateObjection(certificate, rules(gun, { now: Number.NaN as Instant }))).toThrow();
  });

  const [, some] = cases[0] ?? [];
  const bent = (more: Partial<NonNullable<typeof some>>) => {
    if (some === undefined) throw new Error('nothing was recorded');
    return { ...some, ...more };
  };

  it('with a wildcard speaks only where policy lets it, and only for what begins like it', () => {
    const wild = bent({ commonName: 'registry.example.com/team/*' });
    expect(certificateObjection(wild, rules('registry.example.com/team/app'))).toBeDefined();
    expect(certificateObjection(wild, rules('registry.example.com/team/app', { wildcards: 'allow' }))).toBeUndefined();
    expect(certificateObjection(wild, rules('registry.example.com/other/app', { wildcards: 'allow' }))).toBeDefined();
  });

  it.each([
    ['no common name', { commonName: undefined }],
    ['an empty one', { commonName: '' }],
    ['a signature over SHA-1 by RSA', { signedWith: '2a864886f70d010105' }],
    ['a signature over SHA-1 by ECDSA', { signedWith: '2a8648ce3d0401' }],
  ])('with %s is refused', (_, more) => {
    expect(certificateObjection(bent(more), rules(cases[0]?.[0] ?? ''))).toBeDefined();
  });
});
