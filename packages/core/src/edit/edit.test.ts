import {
  draftDelegations,
  draftEntries,
  draftFor,
  draftNextRoot,
  draftSnapshot,
  draftTimestamp,
  expiryAfter,
  FormatError,
  fileEntry,
  type Instant,
  isHalfSpent,
  type JsonObject,
  type JsonValue,
  jsonObject,
  metaOf,
  parseDigest,
  parseGun,
  parseInstant,
  parseOwnRoleName,
  parseVersion,
  RELEASES,
  ROOT,
  SNAPSHOT,
  seal,
  TARGETS,
  TIMESTAMP,
  tuf,
  withMembers,
} from '@countersign/core';
import { generateSigner, type LocalSigner } from '@countersign/signers';
import { memberAt, type Simulator, simulate, withMember, withoutMember } from '@countersign/testkit';
import { beforeEach, describe, expect, it } from 'vitest';

const entry = fileEntry({ digest: parseDigest(`sha256:${'c3'.repeat(32)}`), length: 3 });
const expires = parseInstant('2031-01-01T00:00:00Z', 'expires');
const one = (signer = generateSigner('ed25519')) => ({ keys: [signer.key], threshold: 1 });
const namesAt = (tree: JsonObject, ...path: readonly string[]): readonly string[] => [
  ...((memberAt(tree, path) ?? new Map()) as JsonObject).keys(),
];

let repository: Simulator;
beforeEach(async () => {
  repository = await simulate();
});

describe('the next version of a file', () => {
  it('is one higher, and says nothing new but what was asked for', async () => {
    await repository.next('targets', RELEASES, {}, { bend: withMember(['x-theirs'], new Map([['a', 1]])) });
    const before = repository.current('targets', RELEASES);
    const draft = draftEntries(before, new Map([['v1', entry]]), expires, repository.env());
    expect(draft.version).toBe(3);
    expect(memberAt(draft.signed, ['x-theirs', 'a'])).toBe(1);
    expect(namesAt(draft.signed, 'targets')).toEqual(['v1']);
    expect(memberAt(draft.signed, ['expires'])).toBe('2031-01-01T00:00:00Z');
    expect(memberAt(draft.signed, ['x-countersign', 'repository'])).toBe(repository.binding.repository);
    expect(draft.message).toEqual(tuf.canonical(draft.signed));
  });

  it('holds names of all objects as what they are', async () => {
    const before = repository.current('targets', RELEASES);
    const changes = new Map([
      ['__proto__', entry],
      ['constructor', entry],
    ]);
    const draft = draftEntries(before, changes, expires, repository.env());
    const after = repository.parsed('targets', RELEASES, tuf.file(draft.signed, []));
    expect([...after.content.targets.keys()].sort()).toEqual(['__proto__', 'constructor']);
    expect(draftEntries(after, new Map([['__proto__', undefined]]), expires, repository.env()).signed.get('targets')).toEqual(
      new Map([['constructor', tuf.entry(entry)]]),
    );
  });

  it('does not follow the highest version there is', async () => {
    await repository.next('targets', RELEASES, {}, { bend: withMember(['version'], Number.MAX_SAFE_INTEGER) });
    const before = repository.current('targets', RELEASES);
    expect(() => draftEntries(before, new Map(), expires, repository.env())).toThrowError(expect.objectContaining({ code: 'malformed' }));
  });

  it('is hashed as it is stored', async () => {
    const draft = draftEntries(repository.current('targets', RELEASES), new Map(), expires, repository.env());
    const sealed = seal(draft, [], repository.env());
    expect(metaOf(sealed)).toEqual({ version: 2, length: sealed.bytes.length, hashes: new Map([['sha256', sealed.digest.slice(7)]]) });
    expect(repository.parsed('targets', RELEASES, sealed.bytes).signedBytes).toEqual(draft.message);
  });
});

describe('a draft for a name', () => {
  const gun = parseGun('registry.example.com/team/app');
  const other = parseGun('registry.example.com/hostile/app');

  it('says the name that its signer was asked for, whatever stood there before', async () => {
    const plain = draftEntries(repository.current('targets', RELEASES), new Map(), expires, repository.env());
    const named = draftFor(plain, gun, repository.env());
    expect(memberAt(named.signed, ['x-countersign'])).toEqual(
      new Map<string, JsonValue>([
        ['repository', repository.binding.repository],
        ['name', gun],
        ['role', 'releases'],
      ]),
    );
    expect(named.message).toEqual(tuf.canonical(named.signed));
    expect(memberAt(draftFor(named, other, repository.env()).signed, ['x-countersign', 'name'])).toBe(other);
    await repository.next('targets', RELEASES, {}, { bend: withMember(['x-countersign', 'name'], other) });
    const next = draftEntries(repository.current('targets', RELEASES), new Map(), expires, repository.env());
    expect(memberAt(draftFor(next, gun, repository.env()).signed, ['x-countersign', 'name'])).toBe(gun);
  });

  it('says the role that it is signed as, whatever stood there before', async () => {
    const bend = withMember(['x-countersign', 'role'], 'targets');
    await repository.next('targets', RELEASES, {}, { bend });
    const next = draftEntries(repository.current('targets', RELEASES), new Map(), expires, repository.env());
    expect(memberAt(next.signed, ['x-countersign', 'role'])).toBe('releases');
    const strange = { ...next, signed: bend(next.signed) };
    expect(memberAt(draftFor(strange, gun, repository.env()).signed, ['x-countersign', 'role'])).toBe('releases');
  });

  it('leaves a file as it is that is bound to no repository', async () => {
    await repository.next('targets', RELEASES, {}, { bend: withoutMember(['x-countersign']) });
    const plain = draftEntries(repository.current('targets', RELEASES), new Map(), expires, repository.env());
    expect(draftFor(plain, gun, repository.env())).toBe(plain);
  });

  it('leaves a root as it is, which lists its names itself', () => {
    const root = draftNextRoot(repository.current('root', ROOT), {}, expires, repository.env());
    expect(draftFor(root, gun, repository.env())).toBe(root);
  });
});

describe('the next root', () => {
  it('drops keys that no role needs any more, and keeps the others', () => {
    const fresh = generateSigner('ed25519');
    const before = repository.current('root', ROOT);
    const draft = draftNextRoot(before, { targets: one(fresh) }, expires, repository.env());
    const after = repository.parsed('root', ROOT, tuf.file(draft.signed, [])).content;
    const [old] = repository.signersOf('targets');
    expect(after.keys.has(fresh.key.keyid)).toBe(true);
    expect(old && after.keys.has(old.key.keyid)).toBe(false);
    expect(after.keys.size).toBe(4);
    expect(after.roles.get('snapshot')).toEqual(before.content.roles.get('snapshot'));
    expect(after.binding).toEqual(before.content.binding);
  });
});

describe('a delegation', () => {
  const roles = (signed: JsonObject) =>
    (memberAt(signed, ['delegations', 'roles']) as readonly JsonObject[]).map((role) => role.get('name'));
  const change = (name: string) => ({ name: name as never, keys: one(), paths: ['x/*'], terminating: false });

  it('is added behind the others, and replaced in its place', () => {
    const env = repository.env();
    const read = (signed: JsonObject) => repository.parsed('targets', TARGETS, tuf.file(signed, []));
    const added = draftDelegations(repository.current('targets', TARGETS), [change('team')], expires, env);
    expect(roles(added.signed)).toEqual(['releases', 'team']);
    const replaced = draftDelegations(read(added.signed), [change('releases')], expires, env);
    expect(roles(replaced.signed)).toEqual(['releases', 'team']);
    // The keys of whoever was replaced are gone.
    expect(read(replaced.signed).content.delegations?.keys.size).toBe(2);
  });
});

describe('the names of signers', () => {
  const read = (signed: JsonObject) => repository.parsed('targets', TARGETS, tuf.file(signed, []));
  const named = (name: string, signer: LocalSigner, as: string) => ({
    name: parseOwnRoleName(name),
    keys: one(signer),
    paths: ['*'],
    terminating: false,
    signers: new Map([[signer.key.fingerprint, parseOwnRoleName(as)]]),
  });

  it('stand beside the keys, stay in every later version, and go with the last role that uses a key', () => {
    const env = repository.env();
    const alice = generateSigner('ed25519');
    const names = new Map([[alice.key.fingerprint, 'alice']]);
    const added = draftDelegations(repository.current('targets', TARGETS), [named('team', alice, 'alice')], expires, env);
    expect(read(added.signed).content.binding?.signers).toEqual(names);
    const twice = draftDelegations(
      read(added.signed),
      [named('other', alice, 'alice'), { remove: parseOwnRoleName('team') }],
      expires,
      env,
    );
    const later = draftFor(draftEntries(read(twice.signed), new Map(), expires, env), parseGun('registry.example.com/team/app'), env);
    expect(read(later.signed).content.binding?.signers).toEqual(names);
    const gone = draftDelegations(read(twice.signed), [{ remove: parseOwnRoleName('other') }], expires, env);
    expect(read(gone.signed).content.binding).toEqual({ ...repository.binding, role: TARGETS });
  });

  it.each([
    ['a name with a line end', { ['ab'.repeat(32)]: 'alice\n' }],
    ['a name of a top-level role', { ['ab'.repeat(32)]: 'root' }],
    ['a name that is no text', { ['ab'.repeat(32)]: 1 }],
    ['a key that is no fingerprint', { alice: 'alice' }],
    ['two keys of one name', { ['ab'.repeat(32)]: 'alice', ['cd'.repeat(32)]: 'alice' }],
  ])('with %s make the whole file malformed', (_, signers) => {
    const { signed } = repository.current('targets', TARGETS);
    const binding = jsonObject({ repository: repository.binding.repository, signers: jsonObject(signers) });
    expect(() => read(withMembers(signed, { 'x-countersign': binding }))).toThrow(FormatError);
  });
});

describe('what a server signs', () => {
  it('keeps every role in the snapshot that was there before', () => {
    const env = repository.env();
    const { content } = repository.current('snapshot', SNAPSHOT);
    const previous = { file: repository.current('snapshot', SNAPSHOT), version: content.version };
    const draft = draftSnapshot(
      previous,
      new Map([[RELEASES, { version: parseVersion(9, 'v') }]]),
      repository.current('root', ROOT),
      expires,
      env,
    );
    const after = repository.parsed('snapshot', SNAPSHOT, tuf.file(draft.signed, [])).content;
    expect(after.version).toBe(2);
    expect(after.meta.get(TARGETS)).toEqual(content.meta.get(TARGETS));
    expect(after.meta.get(RELEASES)).toEqual({ version: 9 });
  });

  it('goes on counting where a deleted repository stopped', () => {
    const previous = { file: undefined, version: parseVersion(41, 'v') };
    const draft = draftSnapshot(
      previous,
      new Map([[TARGETS, { version: parseVersion(1, 'v') }]]),
      repository.current('root', ROOT),
      expires,
      repository.env(),
    );
    expect(draft.version).toBe(42);
  });

  it('names the record in the timestamp, and nothing where there is none', () => {
    const env = repository.env();
    const snapshot = repository.newest.get(SNAPSHOT);
    if (snapshot === undefined) throw new Error('no snapshot');
    const draft = (record?: { seq: number; hash: string }) =>
      repository.parsed(
        'timestamp',
        TIMESTAMP,
        tuf.file(draftTimestamp(parseVersion(2, 'v'), snapshot, record, repository.current('root', ROOT), expires, env).signed, []),
      );
    const record = { seq: 7, hash: 'ab'.repeat(32) };
    expect(draft(record).content.binding).toEqual({ repository: repository.binding.repository, record });
    expect(draft().content.binding).toEqual(repository.binding);
  });

  it('lives whole seconds, and is signed again from half of its life on', () => {
    const now = (Date.UTC(2026, 0, 1) + 999) as Instant;
    expect(expiryAfter(now, 1500)).toBe(Date.UTC(2026, 0, 1) + 2000);
    const file = repository.current('timestamp', TIMESTAMP);
    const life = 1000 * 60;
    expect(isHalfSpent(file, life, (file.content.expires - life / 2) as Instant)).toBe(false);
    expect(isHalfSpent(file, life, (file.content.expires - life / 2 + 1) as Instant)).toBe(true);
  });
});
