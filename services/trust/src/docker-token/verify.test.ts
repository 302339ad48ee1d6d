import { createHmac } from 'node:crypto';
import { type Identity, newIdentity, newKeys } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { DAY, NOON } from '../testing/laboratory.ts';
import { APP_ACCESS, bundleOf, later, rawToken, SETTINGS, seconds, type TokenWishes, tokenOf, x5c, YEAR } from '../testing/tokens.ts';
import { thumbprint } from './bundle.ts';
import { type VerifiedToken, verifyToken } from './verify.ts';

const root = newIdentity({ name: 'root', ca: true, ...YEAR });
const middle = newIdentity({ name: 'middle', ca: true, issuer: root, ...YEAR });
const leaf = newIdentity({ name: 'leaf', issuer: middle, ...YEAR });
const rsa = newIdentity({ name: 'rsa', kind: 'rsa', ...YEAR });
const ec = newIdentity({ name: 'ec', ...YEAR });
const stranger = newIdentity({ name: 'stranger', kind: 'rsa', ca: true, ...YEAR });
const bundle = bundleOf(root, rsa, ec);

const read = async (token: string, trusted = bundle): Promise<VerifiedToken | undefined> =>
  await verifyToken(token, SETTINGS, trusted, NOON);
const idOf = (identity: Identity): string => [...bundleOf(identity).byKeyId.keys()][0] ?? '';
const signed = (wishes: Partial<TokenWishes>, trusted = bundle) =>
  tokenOf({ key: ec.key, header: { x5c: x5c(ec) }, ...wishes }).then((token) => read(token, trusted));

describe('a token is believed', () => {
  it.each<[string, TokenWishes]>([
    ['of a certificate in the bundle, ES256', { key: ec.key, header: { x5c: x5c(ec) } }],
    ['of a certificate in the bundle, RS256', { key: rsa.key, alg: 'RS256', header: { x5c: x5c(rsa) } }],
    ['of a chain that ends below the bundle', { key: leaf.key, header: { x5c: x5c(leaf, middle) } }],
    ['of a chain that repeats what is in the bundle', { key: leaf.key, header: { x5c: x5c(leaf, middle, root) } }],
    ['of a jwk with such a chain', { key: leaf.key, header: { jwk: { kty: 'EC', x5c: x5c(leaf, middle) } } }],
    ['of the id that libtrust gives a key', { key: rsa.key, alg: 'RS256', header: { kid: idOf(rsa) } }],
    ['for several audiences', { key: ec.key, header: { x5c: x5c(ec) }, claims: { aud: ['others', SETTINGS.service] } }],
    ['without a beginning', { key: ec.key, header: { x5c: x5c(ec) }, claims: { nbf: undefined } }],
    ['without a type', { key: ec.key, header: { x5c: x5c(ec), typ: undefined } }],
    ['that ended while clocks may differ', { key: ec.key, header: { x5c: x5c(ec) }, claims: { exp: seconds(NOON) - 50 } }],
    ['that begins while clocks may differ', { key: ec.key, header: { x5c: x5c(ec) }, claims: { nbf: seconds(NOON) + 50 } }],
  ])('%s', async (_, wishes) => {
    expect(await read(await tokenOf(wishes))).toMatchObject({ subject: 'writer', grants: APP_ACCESS });
  });

  it('of the thumbprint of a key', async () => {
    expect(await signed({ header: { kid: thumbprint(ec.publicKey) } })).toBeDefined();
    expect(await read(await tokenOf({ key: rsa.key, alg: 'RS256', header: { kid: thumbprint(rsa.publicKey) } }))).toBeDefined();
  });

  it('and allows nothing when it says nothing', async () => {
    expect(await signed({ claims: { access: undefined, sub: undefined } })).toMatchObject({ subject: '', grants: [] });
    expect(await signed({ claims: { access: null } })).toMatchObject({ grants: [] });
    const silent = [{ type: 'repository', name: 'a', actions: null }];
    expect(await signed({ claims: { access: silent } })).toMatchObject({ grants: [{ actions: [] }] });
  });

  it('no longer than the certificates that lead to its key', async () => {
    const short = newIdentity({ name: 'short', issuer: root, from: later(-1000), until: later(60_000) });
    const claims = { nbf: seconds(NOON) - 600, exp: seconds(NOON) + 600 };
    expect(await signed({ key: short.key, header: { x5c: x5c(short) }, claims })).toMatchObject({
      from: later(-1000),
      until: later(60_000),
    });
  });
});

describe('a token is not believed', () => {
  const past = { exp: seconds(NOON) - 61 };
  it.each<[string, TokenWishes['claims']]>([
    ['that has expired', past],
    ['that is not good yet', { nbf: seconds(NOON) + 61 }],
    ['that never expires', { exp: undefined }],
    ['whose end is text', { exp: 'never' }],
    ['whose beginning is text', { nbf: 'always' }],
    ['for another server', { aud: 'others' }],
    ['for others', { aud: ['others', 'more'] }],
    ['for nobody', { aud: undefined }],
    ['of another issuer', { iss: 'auth.example.org' }],
    ['of no issuer', { iss: undefined }],
    ['of several issuers', { iss: [SETTINGS.issuer] }],
    ['with access that is no list', { access: { type: 'repository' } }],
    ['with access without a name', { access: [{ type: 'repository', actions: ['pull'] }] }],
    ['with actions that are text', { access: [{ type: 'repository', name: 'a', actions: 'pull' }] }],
  ])('%s', async (_, claims) => {
    expect(await signed({ claims })).toBeUndefined();
  });

  it.each<[string, TokenWishes]>([
    ['signed by another key than that of its certificate', { key: leaf.key, header: { x5c: x5c(ec) } }],
    ['of a certificate that is not in the bundle', { key: stranger.key, alg: 'RS256', header: { x5c: x5c(stranger) } }],
    ['of such a certificate before one that is', { key: stranger.key, alg: 'RS256', header: { x5c: x5c(stranger, rsa) } }],
    ['of a chain with a gap', { key: leaf.key, header: { x5c: x5c(leaf) } }],
    ['of a chain in another order', { key: leaf.key, header: { x5c: x5c(middle, leaf) } }],
    ['of a chain without certificates', { key: ec.key, header: { x5c: [] } }],
    ['of a chain that is no list', { key: ec.key, header: { x5c: x5c(ec)[0] } }],
    ['of a chain that is no certificate', { key: ec.key, header: { x5c: ['AAAA'] } }],
    ['of a chain in base64url', { key: ec.key, header: { x5c: [ec.der.toString('base64url')] } }],
    ['of a chain beyond measure', { key: ec.key, header: { x5c: [...x5c(ec), ...Array(5).fill(x5c(root)[0])] } }],
    ['whose chain fails, though its kid is known', { key: ec.key, header: { x5c: x5c(stranger), kid: idOf(ec) } }],
    ['of an unknown kid', { key: ec.key, header: { kid: idOf(leaf) } }],
    ['of a kid that is a member of every object', { key: ec.key, header: { kid: 'constructor' } }],
    ['of no key at all', { key: ec.key }],
    ['of another type', { key: ec.key, header: { x5c: x5c(ec), typ: 'at+jwt' } }],
  ])('%s', async (_, wishes) => {
    expect(await read(await tokenOf(wishes))).toBeUndefined();
  });

  // CVE-2025-24976 and its like: the key in the header is the attacker's own.
  describe('because it brings its key', () => {
    const { privateKey, publicKey } = newKeys('ec');
    const jwk = publicKey.export({ format: 'jwk' });
    it.each<[string, Readonly<Record<string, unknown>>]>([
      ['alone', { jwk }],
      ['with the id of a trusted one inside', { jwk: { ...jwk, kid: idOf(ec) } }],
      ['beside the id of a trusted one', { jwk, kid: idOf(ec) }],
      ['with a trusted certificate inside', { jwk: { ...jwk, x5c: x5c(ec) } }],
      ['with a trusted certificate beside it', { jwk, x5c: x5c(ec) }],
      ['at an address', { jku: 'https://attacker.example/keys', x5u: 'https://attacker.example/pem' }],
    ])('%s', async (_, header) => {
      expect(await read(await tokenOf({ key: privateKey, header }))).toBeUndefined();
    });
  });

  it('because a trusted key stands in it without a chain', async () => {
    expect(await signed({ header: { jwk: { ...ec.publicKey.export({ format: 'jwk' }), kid: idOf(ec) } } })).toBeUndefined();
  });

  describe('by its algorithm:', () => {
    const claims = { iss: SETTINGS.issuer, aud: SETTINGS.service, exp: seconds(NOON) + 300, access: APP_ACCESS };
    it.each(['none', 'None', 'NONE', '', 'ES256'])('%j without a signature', async (alg) => {
      expect(await read(rawToken({ alg, typ: 'JWT', x5c: x5c(ec) }, claims, Buffer.alloc(0)))).toBeUndefined();
      expect(await read(rawToken({ alg, typ: 'JWT', x5c: x5c(ec) }, claims, Buffer.alloc(64)))).toBeUndefined();
    });

    it.each([
      ['DER', rsa.publicKey.export({ type: 'spki', format: 'der' })],
      ['PEM', rsa.publicKey.export({ type: 'spki', format: 'pem' })],
    ])('a public key in %s as a secret', async (_, secret) => {
      const header = { alg: 'HS256', typ: 'JWT', kid: idOf(rsa) };
      const text = rawToken(header, claims, Buffer.alloc(0)).slice(0, -1);
      expect(await read(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`)).toBeUndefined();
    });

    it('one that the key is not for', async () => {
      expect(await read(await tokenOf({ key: rsa.key, alg: 'PS256', header: { x5c: x5c(rsa) } }))).toBeUndefined();
      expect(await read(await tokenOf({ key: rsa.key, alg: 'RS512', header: { x5c: x5c(rsa) } }))).toBeUndefined();
      const mixed = (await tokenOf({ key: rsa.key, alg: 'RS256', header: { x5c: x5c(rsa) } })).split('.');
      const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'JWT', x5c: x5c(rsa) })).toString('base64url');
      expect(await read([header, ...mixed.slice(1)].join('.'))).toBeUndefined();
    });

    it('a curve or a size that tokens do not use', async () => {
      const wide = newIdentity({ name: 'wide', kind: 'p384', ...YEAR });
      const token = await tokenOf({ key: wide.key, alg: 'ES384', header: { x5c: x5c(wide) } });
      expect(await read(token, bundleOf(wide))).toBeUndefined();
      const weak = newIdentity({ name: 'weak', kind: 'short-rsa', ...YEAR });
      const anything = rawToken({ alg: 'RS256', typ: 'JWT', x5c: x5c(weak) }, claims, Buffer.alloc(128));
      expect(await read(anything, bundleOf(weak))).toBeUndefined();
    });

    it('members that must be understood', async () => {
      const header = { alg: 'ES256', typ: 'JWT', x5c: x5c(ec), crit: ['riddle'], riddle: true };
      expect(await read(rawToken(header, claims, Buffer.alloc(64)))).toBeUndefined();
    });
  });

  describe('by its certificates:', () => {
    const below = (wishes: Partial<Parameters<typeof newIdentity>[0]>, issuer: Identity = root): Identity =>
      newIdentity({ name: 'below', issuer, ...YEAR, ...wishes });
    const believed = async (chain: readonly Identity[], trusted = bundle) => {
      const [first] = chain;
      return first !== undefined && (await read(await tokenOf({ key: first.key, header: { x5c: x5c(...chain) } }), trusted)) !== undefined;
    };

    it('an expired one anywhere', async () => {
      const old = { from: later(-DAY), until: later(-1000) };
      expect(await believed([below({})])).toBe(true);
      expect(await believed([below(old)])).toBe(false);
      expect(await believed([below({ from: later(1000), until: later(DAY) })])).toBe(false);
      const expired = newIdentity({ name: 'middle', ca: true, issuer: root, ...old });
      expect(await believed([below({}, expired), expired])).toBe(false);
      const lapsed = newIdentity({ name: 'lapsed', ca: true, ...old });
      expect(await believed([below({}, lapsed)], bundleOf(lapsed))).toBe(false);
      expect(await believed([lapsed], bundleOf(lapsed))).toBe(false);
      expect(await read(await tokenOf({ key: lapsed.key, header: { kid: idOf(lapsed) } }), bundleOf(lapsed))).toBeUndefined();
    });

    it('an issuer that is no authority', async () => {
      expect(await believed([below({}, leaf), leaf, middle])).toBe(false);
      expect(await believed([below({}, ec)])).toBe(false);
    });

    it('more authorities than one of them allows', async () => {
      const narrow = newIdentity({ name: 'narrow', ca: true, pathLength: 0, ...YEAR });
      const between = newIdentity({ name: 'between', ca: true, issuer: narrow, ...YEAR });
      expect(await believed([below({}, narrow)], bundleOf(narrow))).toBe(true);
      expect(await believed([below({}, between), between], bundleOf(narrow))).toBe(false);
    });

    it('an issuer by name alone', async () => {
      const namesake = newIdentity({ name: 'root', ca: true, ...YEAR });
      expect(await believed([below({}, namesake)])).toBe(false);
      expect(await believed([below({}, namesake), namesake])).toBe(false);
    });

    it('a signature over SHA-1, and an extension that must be understood', async () => {
      expect(await believed([below({ digest: 'sha1' })])).toBe(false);
      expect(await believed([below({ riddle: true })])).toBe(false);
      const riddle = newIdentity({ name: 'middle', ca: true, issuer: root, riddle: true, ...YEAR });
      expect(await believed([below({}, riddle), riddle])).toBe(false);
    });
  });

  it('when a byte of it is another', async () => {
    const token = await tokenOf({ key: ec.key, header: { x5c: x5c(ec) } });
    const [header = '', claims = '', signature = ''] = token.split('.');
    const other = (text: string, at: number): string => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
    for (let at = 0; at < claims.length; at += 7) expect(await read([header, other(claims, at), signature].join('.'))).toBeUndefined();
    for (let at = 0; at < signature.length - 1; at += 7)
      expect(await read([header, claims, other(signature, at)].join('.'))).toBeUndefined();
  });

  it.each(['', '.', '..', 'a.b.c', 'abc', 'e30.e30.', 'e30.e30.AAAA', '{}.{}.x', 'bnVsbA.bnVsbA.AAAA'])(
    'that is none: %j',
    async (token) => {
      expect(await read(token)).toBeUndefined();
    },
  );
});
