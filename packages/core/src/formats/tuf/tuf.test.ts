import { encodeUtf8, jsonObject, parseKeyId, parseVersion, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, tuf } from '@countersign/core';
import { roleName, type Simulator, simulate, strippedSignatures, withMember } from '@countersign/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { portable } from '../../crypto/portable.ts';

const refused = (code: string) => expect.objectContaining({ code });
let repository: Simulator;
beforeAll(async () => {
  repository = await simulate();
});

describe('the path of a file', () => {
  const path = (role: string, version: number | undefined, consistent: boolean) =>
    tuf.path({ role: roleName(role), version: version === undefined ? undefined : parseVersion(version, 'v'), consistent });

  it.each([
    ['timestamp', undefined, true, 'timestamp.json'],
    ['timestamp', 3, true, 'timestamp.json'],
    ['root', 3, true, '3.root.json'],
    ['root', 3, false, '3.root.json'],
    ['snapshot', 3, true, '3.snapshot.json'],
    ['snapshot', 3, false, 'snapshot.json'],
    ['releases', 3, true, '3.releases.json'],
    ['releases', undefined, true, 'releases.json'],
    ['../x', 3, true, '3...%2Fx.json'],
    ['a/b?c#d', 3, false, 'a%2Fb%3Fc%23d.json'],
    ["(!'*)", 1, true, '1.%28%21%27%2A%29.json'],
    ['%2e', 1, true, '1.%252e.json'],
    ['é', 1, true, '1.%C3%A9.json'],
  ])('of %s v%s is one segment', (role, version, consistent, wanted) => {
    expect(path(role, version, consistent)).toBe(wanted);
  });
});

describe('a file', () => {
  it.each([
    ['root', ROOT],
    ['timestamp', TIMESTAMP],
    ['snapshot', SNAPSHOT],
    ['targets', TARGETS],
  ] as const)('of another kind is not %s', (kind, name) => {
    for (const other of [ROOT, TIMESTAMP, SNAPSHOT, TARGETS]) {
      const bytes = repository.newest.get(other)?.bytes ?? new Uint8Array();
      const read = () => tuf.parse(kind, name, bytes, repository.env());
      if (other === name) expect(read().name).toBe(name);
      else expect(read).toThrowError(refused('malformed'));
    }
  });

  it('keeps the bytes that arrived, and what its signatures cover', () => {
    const file = repository.newest.get(TARGETS)?.bytes ?? new Uint8Array();
    const parsed = tuf.parse('targets', TARGETS, file, repository.env());
    expect(parsed.file).toBe(file);
    expect(parsed.signedBytes).toEqual(tuf.canonical(parsed.signed));
  });

  it('is written the same from what was read', () => {
    const file = repository.newest.get(TARGETS)?.bytes ?? new Uint8Array();
    const { signed, signatures } = tuf.parse('targets', TARGETS, file, repository.env());
    const again = tuf.file(
      signed,
      signatures.flatMap(({ keyid, bytes }) => (bytes === undefined ? [] : [{ keyid, scheme: 'ed25519', bytes }])),
    );
    expect(again).toEqual(file);
    expect(tuf.file(signed, [])).toEqual(strippedSignatures(file));
  });

  it('may be as deep as the limit says, and no deeper', () => {
    const nested = (depth: number) => Array.from({ length: depth }).reduce<readonly unknown[]>((inner) => [inner], []);
    const { signed } = repository.current('targets', TARGETS);
    const read = (depth: number) =>
      tuf.parse('targets', TARGETS, tuf.file(withMember(['x'], nested(depth) as never)(signed), []), repository.env());
    expect(() => read(61)).not.toThrow();
    expect(() => read(62)).toThrowError(refused('too-large'));
  });
});

describe('a key id', () => {
  it('is made by hashing the whole key', () => {
    for (const { key } of repository.signersOf('root')) expect(tuf.keyId(key.object, portable())).toBe(key.keyid);
    const [signer] = repository.signersOf('root');
    if (signer === undefined) throw new Error('no signer');
    expect(tuf.keyId(withMember(['x-owner'], 'somebody')(signer.key.object), portable())).not.toBe(signer.key.keyid);
  });

  it('need not be a hash to be read', () => {
    const { signed } = repository.current('root', ROOT);
    const key = jsonObject({ keytype: 'ed25519', scheme: 'ed25519', keyval: jsonObject({ public: 'x' }) });
    const root = tuf.parse('root', ROOT, tuf.file(withMember(['keys', 'any name'], key)(signed), []), repository.env());
    expect(root.content.keys.has(parseKeyId('any name'))).toBe(true);
  });
});

describe('a delegation', () => {
  const role = (scope: Parameters<typeof tuf.covers>[0]['scope']) => ({
    name: roleName('team'),
    keyids: [],
    threshold: 1,
    terminating: false,
    scope,
  });
  const digest = (path: string) => Buffer.from(portable().digest('sha256', encodeUtf8(path))).toString('hex');

  it('covers what one of its patterns matches', () => {
    const covers = (path: string) => tuf.covers(role({ by: 'paths', patterns: ['a/*', '?'] }), path, portable());
    expect(['a/x', 'b', 'a/x/y', 'bb', ''].map(covers)).toEqual([true, true, false, false, false]);
  });

  it('covers names whose hash starts as it says, in lower case', () => {
    const covers = (prefix: string) => tuf.covers(role({ by: 'hash', prefixes: [prefix] }), 'v1', portable());
    expect(covers(digest('v1').slice(0, 3))).toBe(true);
    expect(covers('')).toBe(true);
    expect(covers(digest('v1'))).toBe(true);
    expect(covers(`${digest('v1')}0`)).toBe(false);
    // SHA-256 of `v1` begins with 3bfc2695.
    expect(covers('3bfc')).toBe(true);
    expect(covers('3BFC')).toBe(false);
    expect(covers(digest('v2').slice(0, 8))).toBe(false);
  });

  it('without patterns covers nothing', () => {
    expect(tuf.covers(role({ by: 'paths', patterns: [] }), 'v1', portable())).toBe(false);
    expect(tuf.covers(role({ by: 'hash', prefixes: [] }), 'v1', portable())).toBe(false);
  });
});

describe('hash bins', () => {
  const bins = { keyids: ['k1'], threshold: 1, bit_length: 5, name_prefix: 'bin' };
  const read = (delegations: Record<string, unknown>) => {
    const { signed } = repository.current('targets', TARGETS);
    const text = { ...delegations } as unknown as Record<string, never>;
    return tuf.parse('targets', TARGETS, tuf.file(withMember(['delegations'], jsonObject(text))(signed), []), repository.env());
  };
  const readBins = (changed: Record<string, unknown>) =>
    read({ keys: new Map(), succinct_roles: jsonObject({ ...bins, ...changed } as unknown as Record<string, never>) }).content.delegations;

  it('are read, and written as they were read', () => {
    const delegations = readBins({});
    expect(delegations).toMatchObject({ roles: [], bins: { keyids: ['k1'], threshold: 1, bits: 5, prefix: 'bin' } });
    if (delegations?.bins === undefined) throw new Error('no bins');
    expect(tuf.bins(delegations.bins)).toEqual(['succinct_roles', jsonObject(bins)]);
  });

  it('may be as many as four thousand million', () => {
    expect(readBins({ bit_length: 32 })?.bins?.bits).toBe(32);
    expect(readBins({ bit_length: 1 })?.bins?.bits).toBe(1);
  });

  it.each([
    { bit_length: 0 },
    { bit_length: 33 },
    { bit_length: -1 },
    { bit_length: '8' },
    { bit_length: undefined },
    { threshold: 0 },
    { threshold: undefined },
    { keyids: ['k1', 'k1'] },
    { keyids: undefined },
    { name_prefix: undefined },
    { name_prefix: 7 },
    { name_prefix: 'a'.repeat(200) },
    { name_prefix: 'a\n' },
  ])('are refused with %j', (changed) => {
    expect(() => readBins(changed)).toThrowError(expect.objectContaining({ name: 'FormatError' }));
  });

  it('exclude roles, and one of both has to be there', () => {
    const succinct = jsonObject(bins as unknown as Record<string, never>);
    expect(() => read({ keys: new Map(), roles: [], succinct_roles: succinct })).toThrowError(refused('malformed'));
    expect(() => read({ keys: new Map() })).toThrowError(refused('malformed'));
    expect(() => read({ succinct_roles: succinct })).toThrowError(refused('malformed'));
  });
});

describe('versions', () => {
  it('rise by exactly one', () => {
    const follows = (previous: number | undefined, next: number) => tuf.mayFollow('targets', previous as never, next as never);
    expect([follows(undefined, 1), follows(1, 2), follows(undefined, 2), follows(1, 1), follows(2, 1), follows(1, 3)]).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
