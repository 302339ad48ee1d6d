import {
  countSignatures,
  digestOf,
  encodeHex,
  encodeUtf8,
  type KeyRing,
  type Parsed,
  parseKeyId,
  type RoleKeys,
  type Signer,
  usableKeys,
  verifyBytes,
  verifySigned,
} from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { aliased, type Simulator, simulate } from '@countersign/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { portable } from '../crypto/portable.ts';

const refused = (code: string) => expect.objectContaining({ code });
let repository: Simulator;
beforeAll(async () => {
  repository = await simulate();
});

/** A role of these signers, the keys that belong to it, and a file that `signing` of them signed. */
async function scene(signers: readonly Signer[], signing: readonly Signer[], threshold: number) {
  const file = repository.fork();
  await file.next('targets', 'targets' as never, {}, { signers: signing });
  const metadata: Parsed = file.current('targets', 'targets' as never);
  const role: RoleKeys = { keyids: signers.map(({ key }) => key.keyid), threshold };
  const keys: KeyRing = new Map(signers.map(({ key }) => [key.keyid, spellingOf(key.object)]));
  return { metadata, role, keys, env: repository.env() };
}

const spellingOf = (object: Signer['key']['object']) => ({
  keytype: String(object.get('keytype')),
  scheme: String(object.get('scheme')),
  public: String((object.get('keyval') as ReadonlyMap<string, string>).get('public')),
});

describe('a count of signatures', () => {
  const [one, two, three] = [generateSigner('ed25519'), generateSigner('ecdsa-p256'), generateSigner('ed25519')] as const;

  it('tells who signed and who did not', async () => {
    const { metadata, role, keys, env } = await scene([one, two, three], [two, one], 2);
    const report = countSignatures(metadata, role, keys, env);
    expect(new Set(report.valid)).toEqual(new Set([one.key.fingerprint, two.key.fingerprint]));
    expect(report.missing).toEqual([three.key.keyid]);
  });

  it('counts a key once, whatever it is called', async () => {
    const alias = aliased(one, 'alias');
    const { metadata, role, keys, env } = await scene([one, alias], [one, alias], 2);
    expect(countSignatures(metadata, role, keys, env).valid).toEqual([one.key.fingerprint]);
    expect(usableKeys(role, keys, env).size).toBe(1);
    expect(() => verifySigned(metadata, role, keys, env)).toThrowError(refused('signature'));
  });

  it('does not count a key of the ring that the role does not list', async () => {
    const { metadata, role, keys, env } = await scene([one, two], [two], 1);
    expect(() => verifySigned(metadata, { ...role, keyids: [one.key.keyid] }, keys, env)).toThrowError(refused('signature'));
  });

  it('does not count a key that the role lists and the ring lacks', async () => {
    const { metadata, role, env } = await scene([one], [one], 1);
    expect(countSignatures(metadata, role, new Map(), env)).toMatchObject({ valid: [], missing: [one.key.keyid] });
  });

  it('looks a key up in the ring it was given, never elsewhere', async () => {
    const { metadata, role, env } = await scene([one], [one], 1);
    const other: KeyRing = new Map([[one.key.keyid, spellingOf(three.key.object)]]);
    expect(() => verifySigned(metadata, role, other, env)).toThrowError(refused('signature'));
  });

  it('reports keys that cannot be used here', async () => {
    const { metadata, role, keys, env } = await scene([one, two], [one, two], 1);
    const broken = { ...spellingOf(two.key.object), public: 'no key' };
    const unknown = { keytype: 'ml-dsa', scheme: 'ml-dsa-65', public: 'x' };
    expect(countSignatures(metadata, role, new Map([...keys, [two.key.keyid, broken]]), env)).toMatchObject({ unusable: [two.key.keyid] });
    expect(countSignatures(metadata, role, new Map([...keys, [two.key.keyid, unknown]]), env)).toMatchObject({
      unsupported: [two.key.keyid],
    });
    expect(countSignatures(metadata, role, keys, { crypto: portable() })).toMatchObject({
      unsupported: [two.key.keyid],
      valid: [one.key.fingerprint],
    });
  });

  it('that nobody can reach a threshold of none with', async () => {
    const { metadata, role, keys, env } = await scene([one], [], 1);
    for (const threshold of [0, -1, Number.NaN]) {
      expect(() => verifySigned(metadata, { ...role, threshold }, keys, env)).toThrowError(refused('signature'));
    }
    expect(() => verifySigned(metadata, { keyids: [], threshold: 0 }, keys, env)).toThrowError(refused('signature'));
  });

  it('covers the bytes that were signed, and no other file of the same signatures', async () => {
    const { metadata, role, keys, env } = await scene([one], [one], 1);
    expect(verifySigned(metadata, role, keys, env).signers).toEqual([one.key.fingerprint]);
    expect(() => verifySigned({ ...metadata, signedBytes: encodeUtf8('{}') }, role, keys, env)).toThrowError(refused('signature'));
    expect(() => verifySigned({ ...metadata, signatures: [] }, role, keys, env)).toThrowError(refused('signature'));
    const unreadable = metadata.signatures.map(({ keyid }) => ({ keyid, bytes: undefined }));
    expect(() => verifySigned({ ...metadata, signatures: unreadable }, role, keys, env)).toThrowError(refused('signature'));
  });

  it('is linear: a role of a thousand keys that nobody signed with costs a thousand looks', async () => {
    const { metadata, env } = await scene([one], [one], 1);
    const keyids = Array.from({ length: 1000 }, (_, at) => parseKeyId(`key ${at}`));
    expect(countSignatures(metadata, { keyids, threshold: 1 }, new Map(), env).missing).toHaveLength(1000);
  });
});

describe('bytes', () => {
  const crypto = portable();
  const bytes = encodeUtf8('what was signed');
  const sha256 = digestOf(crypto, bytes).slice('sha256:'.length);
  const sha512 = encodeHex(crypto.digest('sha512', bytes));
  const held = (signed: Parameters<typeof verifyBytes>[2]) => () => verifyBytes('a file', bytes, signed, crypto);

  it.each([
    [{ length: bytes.length }],
    [{ hashes: new Map([['sha256', sha256]]) }],
    [{ hashes: new Map([['sha512', sha512]]) }],
    [
      {
        length: bytes.length,
        hashes: new Map([
          ['sha256', sha256],
          ['sha512', sha512],
        ]),
      },
    ],
    [{}],
  ])('are what was signed: %j', (signed) => {
    expect(held(signed)).not.toThrow();
  });

  it.each<readonly [string, Parameters<typeof verifyBytes>[2]]>([
    ['of another length', { length: bytes.length + 1 }],
    ['of no length', { length: Number.NaN }],
    ['of another hash', { hashes: new Map([['sha256', sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))]]) }],
    [
      'of one right hash and one wrong',
      {
        hashes: new Map([
          ['sha256', sha256],
          ['sha512', sha256],
        ]),
      },
    ],
    [
      'of one right hash and one that nobody knows',
      {
        hashes: new Map([
          ['sha256', sha256],
          ['blake3', sha256],
        ]),
      },
    ],
    ['of a hash that nobody knows', { hashes: new Map([['constructor', sha256]]) }],
    ['of a hash in upper case', { hashes: new Map([['sha256', sha256.toUpperCase()]]) }],
    ['of half a hash', { hashes: new Map([['sha256', sha256.slice(0, 32)]]) }],
    ['of an empty hash', { hashes: new Map([['sha256', '']]) }],
    ['of no hash where hashes were promised', { hashes: new Map() }],
    ['of the right length and a wrong hash', { length: bytes.length, hashes: new Map([['sha256', '']]) }],
  ])('%s are refused', (_, signed) => {
    expect(held(signed)).toThrowError(refused('mismatch'));
  });
});
