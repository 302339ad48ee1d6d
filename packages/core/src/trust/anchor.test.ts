import {
  type Anchor,
  formatPin,
  type KeyPin,
  parseFingerprint,
  parsePin,
  pinOf,
  pinText,
  ROOT,
  refresh,
  type Version,
} from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import {
  answerFrom,
  type Bend,
  drive,
  type Simulator,
  simulate,
  strippedSignatures,
  withMember,
  withoutMember,
} from '@countersign/testkit';
import { beforeEach, describe, expect, it } from 'vitest';

const refused = (code: string) => expect.objectContaining({ code });
const HEX = 'ab'.repeat(32);

describe('a pin as text', () => {
  it('names version 1 unless it says otherwise', () => {
    expect(parsePin(`sha256:${HEX}`)).toEqual({ pin: { by: 'digest', digest: `sha256:${HEX}`, version: 1 }, minimum: {} });
    expect(parsePin(`sha256:${HEX}@7`).pin.version).toBe(7);
  });

  it('carries the lowest versions of root and snapshot', () => {
    expect(parsePin(` sha256:${HEX}@2  root>=7\tsnapshot>=42 `).minimum).toEqual({ root: 7, snapshot: 42 });
  });

  it.each([
    '',
    'sha256:',
    HEX,
    `sha256:${HEX.toUpperCase()}`,
    `sha256:${HEX}ab`,
    `sha512:${HEX}`,
    `sha256:${HEX}@`,
    `sha256:${HEX}@0`,
    `sha256:${HEX}@-1`,
    `sha256:${HEX}@1.5`,
    `sha256:${HEX}@01`,
    `sha256:${HEX}@1e3`,
    `sha256:${HEX}@9007199254740992`,
    `sha256:${HEX}@1@2`,
    `sha256:${HEX} root>7`,
    `sha256:${HEX} root>=`,
    `sha256:${HEX} root>=0`,
    `sha256:${HEX} targets>=7`,
    `sha256:${HEX} sha256:${HEX}`,
  ])('is refused when it is %j', (text) => {
    expect(() => parsePin(text)).toThrowError(refused('malformed'));
  });

  it('reads back as what it was', () => {
    const { pin } = parsePin(`sha256:${HEX}@3`);
    expect(parsePin(formatPin(pin)).pin).toEqual(pin);
  });

  it('of keys says the same in whatever order they are listed', () => {
    const [one, other] = [parseFingerprint(HEX), parseFingerprint('cd'.repeat(32))];
    const pin = (fingerprints: KeyPin['fingerprints'], threshold: number): KeyPin => ({ by: 'keys', fingerprints, threshold });
    expect(pinText(pin([one, other], 1))).toBe(pinText(pin([other, one], 1)));
    expect(pinText(pin([one, other], 1))).not.toBe(pinText(pin([one, other], 2)));
  });
});

describe('an anchor', () => {
  let repository: Simulator;
  beforeEach(async () => {
    repository = await simulate();
  });
  const run = (overrides: Partial<Anchor>) =>
    drive(refresh(repository.anchor(overrides), undefined, repository.env()), answerFrom(repository.served)).result;
  const rootKeys = () => repository.signersOf('root').map(({ key }) => key.fingerprint);

  it('without a pin believes nobody, and asks nobody', () => {
    expect(() => run({ pins: [] })).toThrowError(refused('untrusted-root'));
    const ask = (): never => {
      throw new Error('somebody was asked');
    };
    expect(() => drive(refresh(repository.anchor({ pins: [] }), undefined, repository.env()), ask)).toThrowError(refused('untrusted-root'));
  });

  it('without a pin takes the first root where that was allowed by name', () => {
    expect(run({ pins: [], otherwise: 'unsafe-first-use' }).targets.content.version).toBe(1);
  });

  it('pinned to a digest takes no other root, nor its keys on other words', async () => {
    const stranger = await simulate({ keys: repository.keys, repository: 'ee'.repeat(16) });
    const pins = stranger.anchor().pins;
    expect(() => run({ pins })).toThrowError(refused('untrusted-root'));
  });

  it('holds to every one of several pins', async () => {
    const [first] = repository.anchor().pins;
    const next = repository.parsed('root', ROOT, (await repository.next('root', ROOT, {})).bytes);
    const second = pinOf(next, repository.env().crypto);
    if (first === undefined) throw new Error('no pin');
    expect(run({ pins: [first, second] }).targets.content.version).toBe(1);
    expect(() => run({ pins: [first, { ...second, digest: parsePin(`sha256:${HEX}`).pin.digest }] })).toThrowError(
      refused('untrusted-root'),
    );
  });

  it('pinned to a later root does not start before it', async () => {
    const next = repository.parsed('root', ROOT, (await repository.next('root', ROOT, {})).bytes);
    const driven = drive(
      refresh(repository.anchor({ pins: [pinOf(next, repository.env().crypto)] }), undefined, repository.env()),
      answerFrom(repository.served),
    );
    expect(driven.needs.map(({ path }) => path)).not.toContain('1.root.json');
  });

  it('pinned to a root that is not served yet is refused', () => {
    const [first] = repository.anchor().pins;
    if (first?.by !== 'digest') throw new Error('no pin');
    expect(() => run({ pins: [first, { ...parsePin(`sha256:${HEX}@2`).pin }] })).toThrowError(refused('untrusted-root'));
  });

  it('asks for no version that is no number', () => {
    expect(() => run({ minimum: { root: Number.NaN as Version } })).toThrowError(refused('rollback'));
    expect(() => run({ minimum: { snapshot: Number.NaN as Version } })).toThrowError(refused('rollback'));
  });

  it.each([1, 2])('asks for at least root v%i', async (root) => {
    const minimum = { root: parsePin(`sha256:${HEX}@${root}`).pin.version };
    if (root === 1) expect(run({ minimum }).targets.content.version).toBe(1);
    else expect(() => run({ minimum })).toThrowError(refused('rollback'));
  });

  it('pinned to keys takes a root that a threshold of them signed and that names the repository', () => {
    expect(run({ pins: [{ by: 'keys', fingerprints: rootKeys(), threshold: 1 }] }).targets.content.version).toBe(1);
  });

  it.each<readonly [string, () => KeyPin]>([
    ['other keys', () => ({ by: 'keys', fingerprints: [generateSigner('ed25519').key.fingerprint], threshold: 1 })],
    ['no keys', () => ({ by: 'keys', fingerprints: [], threshold: 1 })],
    ['no threshold', () => ({ by: 'keys', fingerprints: [], threshold: 0 })],
    ['a threshold of none, with keys', () => ({ by: 'keys', fingerprints: rootKeys(), threshold: 0 })],
    ['a threshold below none', () => ({ by: 'keys', fingerprints: rootKeys(), threshold: -1 })],
    ['a threshold that is no number', () => ({ by: 'keys', fingerprints: rootKeys(), threshold: Number.NaN })],
    ['one key twice for a threshold of two', () => ({ by: 'keys', fingerprints: [...rootKeys(), ...rootKeys()], threshold: 2 })],
    [
      'the keys of another role',
      () => ({ by: 'keys', fingerprints: repository.signersOf('targets').map(({ key }) => key.fingerprint), threshold: 1 }),
    ],
  ])('pinned to %s is refused', (_, pin) => {
    expect(() => run({ pins: [pin()] })).toThrowError(refused('untrusted-root'));
  });

  it('pinned to a key that is listed as a root key but did not sign is refused', async () => {
    const silent = generateSigner('ed25519');
    const keys = new Map(repository.keys).set('root', [...repository.signersOf('root'), silent]);
    const other = await simulate({ keys });
    other.served.delete('1.root.json');
    repository = other;
    await other.next('root', ROOT, {}, { bend: withMember(['version'], 1), signers: other.signersOf('root').slice(0, 1) });
    expect(() => run({ pins: [{ by: 'keys', fingerprints: [silent.key.fingerprint], threshold: 1 }] })).toThrowError(
      refused('untrusted-root'),
    );
  });
});

describe('a first root', () => {
  const first = async (bend: Bend): Promise<Simulator> => {
    const repository = await simulate();
    const { kind, name, signed, content, signedBytes } = repository.current('root', ROOT);
    await repository.seal({ kind, name, version: content.version, signed, message: signedBytes }, { bend });
    return repository;
  };
  const run = (repository: Simulator, overrides: Partial<Anchor>) =>
    drive(refresh(repository.anchor(overrides), undefined, repository.env()), answerFrom(repository.served)).result;

  it('that nobody signed is refused, whatever was pinned', async () => {
    const repository = await simulate();
    repository.served.set('1.root.json', strippedSignatures(repository.served.get('1.root.json') ?? new Uint8Array()));
    expect(() => run(repository, {})).toThrowError(refused('signature'));
    expect(() => run(repository, { pins: [], otherwise: 'unsafe-first-use' })).toThrowError(refused('signature'));
  });

  it('that is pinned by keys alone must name the repository, also where binding is optional', async () => {
    const repository = await first(withoutMember(['x-countersign']));
    const fingerprints = repository.signersOf('root').map(({ key }) => key.fingerprint);
    const pins = [{ by: 'keys', fingerprints, threshold: 1 }] as const;
    expect(() => run(repository, { pins, binding: 'optional' })).toThrowError(refused('wrong-repository'));
    expect(run(repository, { binding: 'optional' }).targets.content.version).toBe(1);
  });
});

describe('a root', () => {
  it.each([
    ['that is not bound, where policy asks for it', withoutMember(['x-countersign']), 'required', 'policy'],
    ['of another name', withMember(['x-countersign', 'names'], ['registry.example.com/other']), 'required', 'wrong-repository'],
    [
      'of another name, also where binding is optional',
      withMember(['x-countersign', 'names'], ['registry.example.com/other']),
      'optional',
      'wrong-repository',
    ],
  ] as const)('%s is refused', async (_, bend, binding, code) => {
    const repository = await simulate();
    repository.newest.delete(ROOT);
    const first = repository.parsed('root', ROOT, repository.served.get('1.root.json'));
    const { kind, name, signed, content, signedBytes } = first;
    await repository.seal({ kind, name, version: content.version, signed, message: signedBytes }, { bend });
    const run = () => drive(refresh(repository.anchor({ binding }), undefined, repository.env()), answerFrom(repository.served));
    expect(run).toThrowError(refused(code));
  });
});
