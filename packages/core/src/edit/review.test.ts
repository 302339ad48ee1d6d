import { expiryAfter, fileEntry, type JsonValue, jsonObject, parseDigest, parseGun, RELEASES, type Signer, tuf } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import {
  aliased,
  boundTo,
  changedMember,
  delegate,
  expiringAt,
  firstFile,
  flippedBit,
  type Judgement,
  judge,
  roleName,
  type Simulator,
  simulate,
  strippedSignatures,
  versioned,
  withMember,
  withoutMember,
} from '@countersign/testkit';
import { beforeEach, describe, expect, it } from 'vitest';

const refused = (code: string) => expect.objectContaining({ code });
const entry = fileEntry({ digest: parseDigest(`sha256:${'c3'.repeat(32)}`), length: 3 });

let standing: Simulator;
/** Where an upload is made; the server knows nothing of it yet. */
let draft: Simulator;
beforeEach(async () => {
  standing = await simulate();
  draft = standing.fork();
});

const judged = (roles: readonly string[], more: Partial<Judgement> = {}) => {
  const parts = Object.fromEntries(roles.map((role) => [role, draft.newest.get(roleName(role))?.bytes]));
  return judge({ gun: standing.gun, standing, parts, ...more });
};
const bytesOf = (role: string): Uint8Array => draft.newest.get(roleName(role))?.bytes ?? new Uint8Array();
const listed = (plan: ReturnType<typeof judged>): string[] => [...(plan.snapshot.signed.get('meta') as Map<string, JsonValue>).keys()];

// Large enough that three of them are too many.
const LARGE = new Uint8Array(22 * 1024 * 1024);

describe('a publish', () => {
  it('of one role keeps the others in the snapshot', async () => {
    await draft.publish({ v1: entry });
    const plan = judged(['releases']);
    expect(plan.kind).toBe('publish');
    expect(plan.files.map(({ name, version }) => [name, version])).toEqual([['releases', 2]]);
    expect(listed(plan).sort()).toEqual(['releases.json', 'targets.json']);
    expect(plan.snapshot.version).toBe(2);
  });

  it('for the first time brings root, targets and what they delegate to', () => {
    const plan = judged(['root', 'targets', 'releases'], { standing: undefined, server: standing });
    expect(plan.kind).toBe('root');
    expect(plan.claims.map(({ kind }) => kind)).toEqual(['root', 'targets', 'delegated', 'repository', 'server-key', 'server-key']);
  });

  it.each([
    [['targets', 'releases'], 'refused-upload'],
    [['root', 'releases'], 'refused-upload'],
  ])('for the first time with %s alone is refused', (roles, code) => {
    expect(() => judged(roles, { standing: undefined, server: standing })).toThrowError(refused(code));
  });

  it.each([
    ['nothing', {}, 'refused-upload'],
    ['a snapshot', { snapshot: new Uint8Array(2) }, 'refused-upload'],
    ['a timestamp', { timestamp: new Uint8Array(2) }, 'refused-upload'],
    ['a role named like a path', { '../targets': new Uint8Array(2) }, 'unsafe-name'],
    ['a role in capitals', { Releases: new Uint8Array(2) }, 'unsafe-name'],
    ['a role nobody delegated to', { stranger: new Uint8Array(2) }, 'unknown-role'],
    ['more bytes than a server takes', { r0: LARGE, r1: LARGE, r2: LARGE }, 'refused-upload'],
    ['a root that is too large', { root: new Uint8Array(512_001) }, 'refused-upload'],
    [
      'more files than a server takes',
      Object.fromEntries(Array.from({ length: 1201 }, (_, at) => [`r${at}`, new Uint8Array(1)])),
      'refused-upload',
    ],
  ])('of %s is refused', (_, parts, code) => {
    expect(() => judged([], { parts })).toThrowError(refused(code));
  });

  it('asks to recreate only what was deleted', () => {
    expect(() => judged(['root', 'targets', 'releases'], { recreate: true })).toThrowError(refused('refused-upload'));
  });
});

describe('a delegated role', () => {
  const releases = (options: Parameters<Simulator['next']>[3]) => draft.next('targets', RELEASES, {}, options);

  it.each([
    ['of the version that stands', { bend: versioned(1) }, 'conflict'],
    ['that skips a version', { bend: versioned(3) }, 'wrong-version'],
    ['of another repository', { bend: boundTo('ff'.repeat(16)) }, 'wrong-repository'],
    ['bound to none', { bend: withoutMember(['x-countersign']) }, 'wrong-repository'],
    ['signed by nobody', { signers: [] }, 'signature'],
    ['signed by a stranger', { signers: [generateSigner('ed25519')] }, 'signature'],
  ])('%s is refused', async (_, options, code) => {
    await releases(options);
    expect(() => judged(['releases'])).toThrowError(refused(code));
  });

  it('that has expired is refused', async () => {
    await releases({ bend: expiringAt(standing.now) });
    expect(() => judged(['releases'])).toThrowError(refused('expired'));
  });

  it('whose bytes were changed on the way is refused', async () => {
    await draft.publish({ v1: entry });
    const at = new TextDecoder().decode(bytesOf('releases')).indexOf('c3c3');
    expect(() => judged([], { parts: { releases: flippedBit(bytesOf('releases'), at) } })).toThrowError(refused('signature'));
    expect(() => judged([], { parts: { releases: strippedSignatures(bytesOf('releases')) } })).toThrowError(refused('signature'));
  });

  it.each(['', 'a//b', '/a', 'a/', '../a', 'a/./b', 'a\\b', 'a\u0000', 'a\u0301'])('that lists %j is refused', async (path) => {
    await releases({ bend: withMember(['targets'], new Map([[path, tuf.entry(entry)]])) });
    expect(() => judged(['releases'])).toThrowError(refused('unsafe-name'));
  });

  it.each([
    ['md5', 'c3'.repeat(16)],
    ['RSA-SHA256', 'c3'.repeat(32)],
    ['sha256', 'C3'.repeat(32)],
    ['sha256', 'c3'.repeat(16)],
    ['sha512', 'c3'.repeat(32)],
  ])('with the hash %s %s is refused', async (algorithm, hex) => {
    await releases({ bend: withMember(['targets', 'v1'], tuf.entry({ ...entry, hashes: new Map([[algorithm, hex]]) })) });
    expect(() => judged(['releases'])).toThrowError(refused('unsafe-name'));
  });
});

describe('a delegation', () => {
  it('may name a role that publishes later', async () => {
    await delegate(draft, 'targets', 'team', { paths: ['team/*'] });
    expect(listed(judged(['targets'])).sort()).toEqual(['releases.json', 'targets.json']);
  });

  it.each([
    ['a threshold that its keys cannot meet', { threshold: 2 }, 'impossible-role'],
    ['no keys at all', { signers: [] }, 'impossible-role'],
    ['no paths', { paths: [] }, 'impossible-role'],
    ['a pattern with brackets', { paths: ['[ab]'] }, 'unsafe-name'],
    ['a pattern with a negation', { paths: ['!a'] }, 'unsafe-name'],
  ])('with %s is refused', async (_, delegating, code) => {
    await delegate(draft, 'targets', 'team', { paths: ['team/*'], ...delegating });
    expect(() => judged(['targets'])).toThrowError(refused(code));
  });

  it('to a role whose name is no name of ours is refused', async () => {
    await delegate(draft, 'targets', 'Team/A', { paths: ['team/*'] });
    expect(() => judged(['targets'])).toThrowError(refused('unsafe-name'));
  });

  it('to a key that is not given is refused', async () => {
    await delegate(draft, 'targets', 'team', { paths: ['team/*'] }, { bend: withMember(['delegations', 'keys'], new Map()) });
    expect(() => judged(['targets'])).toThrowError(refused('impossible-role'));
  });

  it('to a key that is not given is refused, also beside one that is', async () => {
    const bend = changedMember(['delegations', 'roles', 1, 'keyids'], (ids) => [...(ids as readonly string[]), 'elsewhere']);
    await delegate(draft, 'targets', 'team', { paths: ['team/*'] }, { bend });
    expect(() => judged(['targets'])).toThrowError(refused('impossible-role'));
  });

  it('to a key that nobody can use is refused, also beside one that somebody can', async () => {
    const object = jsonObject({ keytype: 'ed25519', scheme: 'ed25519', keyval: jsonObject({ public: '00' }) });
    const signers = [generateSigner('ed25519'), aliased(generateSigner('ed25519'), 'broken', object)];
    await delegate(draft, 'targets', 'team', { paths: ['team/*'], signers });
    expect(() => judged(['targets'])).toThrowError(refused('impossible-role'));
  });

  it('by hash prefixes is refused', async () => {
    const bend = (signed: Parameters<ReturnType<typeof withoutMember>>[0]) =>
      withMember(['delegations', 'roles', 1, 'path_hash_prefixes'], ['ab'])(withoutMember(['delegations', 'roles', 1, 'paths'])(signed));
    await delegate(draft, 'targets', 'team', { paths: ['team/*'] }, { bend });
    expect(() => judged(['targets'])).toThrowError(refused('unsafe-name'));
  });

  it('with new keys is refused while the role is signed by the old ones alone', async () => {
    await delegate(draft, 'targets', 'releases', { paths: ['*'] });
    expect(() => judged(['targets'])).toThrowError(refused('orphaned-role'));
    await draft.next('targets', RELEASES, {});
    expect(judged(['targets', 'releases']).files).toHaveLength(2);
  });

  it('may not name the key a server signs with', async () => {
    await delegate(draft, 'targets', 'team', { paths: ['team/*'], signers: standing.signersOf('timestamp') });
    expect(() => judged(['targets'])).toThrowError(refused('server-key'));
  });

  it('may not name the key a server signs another repository with', async () => {
    await delegate(draft, 'targets', 'team', { paths: ['team/*'] });
    const [signer] = draft.signersOf('team');
    const claims = new Map([[`server-key ${signer?.key.fingerprint}`, parseGun('registry.example.com/other')]]);
    expect(() => judged(['targets'], { claims })).toThrowError(refused('server-key'));
  });
});

describe('a role deeper down', () => {
  /** Two teams below targets; the second has one of its own. */
  beforeEach(async () => {
    for (const team of ['silent', 'one', 'two']) await delegate(standing, 'targets', team, { paths: [`${team}/*`] });
    for (const team of ['one', 'two']) await firstFile(standing, team);
    await delegate(standing, 'two', 'crew', { paths: ['two/*'] });
    await firstFile(standing, 'crew');
    await standing.advance();
    draft = standing.fork();
  });

  it('is found, also beside a role that never published', async () => {
    await draft.next('targets', roleName('crew'), {});
    expect(judged(['crew']).files.map(({ name }) => name)).toEqual(['crew']);
  });

  it('is refused when its delegation was not signed', async () => {
    await draft.next('targets', roleName('crew'), {}, { signers: draft.signersOf('one') });
    expect(() => judged(['crew'])).toThrowError(refused('signature'));
  });

  // Otherwise one team could replace the file of another's crew, and clients of that crew would be locked out.
  it('cannot be taken over by another team that delegates to the same name', async () => {
    const thief: readonly Signer[] = [generateSigner('ed25519')];
    await delegate(draft, 'one', 'crew', { paths: ['one/*'], signers: thief });
    await draft.next('targets', roleName('crew'), {});
    expect(() => judged(['one', 'crew'])).toThrowError(refused('unsafe-name'));
    expect(() => judged(['one'])).toThrowError(expect.objectContaining({ code: expect.stringMatching(/unsafe-name|orphaned-role/) }));
  });

  it('cannot be claimed from above either', async () => {
    await delegate(draft, 'targets', 'crew', { paths: ['one/*'], signers: draft.signersOf('crew') });
    expect(() => judged(['targets'])).toThrowError(refused('unsafe-name'));
  });
});

describe('a root', () => {
  const rotated = (role: string, ...signers: readonly Signer[]) => draft.rotate(new Map([[role, signers]]));

  it('of the next version is accepted, signed by the old keys and its own', async () => {
    await rotated('root', generateSigner('ed25519'));
    expect(judged(['root']).kind).toBe('root');
  });

  it('with new keys for targets needs targets signed by them', async () => {
    await rotated('targets', generateSigner('ed25519'));
    expect(() => judged(['root'])).toThrowError(refused('orphaned-role'));
    await draft.next('targets', roleName('targets'), {});
    expect(judged(['root', 'targets']).files).toHaveLength(2);
  });

  it.each([
    ['another name', withMember(['x-countersign', 'names'], ['registry.example.com/other']), 'wrong-repository'],
    ['no binding', withoutMember(['x-countersign']), 'wrong-repository'],
    ['another repository’s binding', boundTo('ff'.repeat(16)), 'wrong-repository'],
    ['a skipped version', versioned(3), 'wrong-version'],
    ['a threshold for root that its keys cannot meet', withMember(['roles', 'root', 'threshold'], 2), 'signature'],
    ['a threshold for targets that its keys cannot meet', withMember(['roles', 'targets', 'threshold'], 2), 'impossible-role'],
  ])('with %s is refused', async (_, bend, code) => {
    await draft.next('root', roleName('root'), {}, { bend });
    expect(() => judged(['root'])).toThrowError(refused(code));
  });

  it('that has expired is refused', async () => {
    await draft.next('root', roleName('root'), {}, { bend: expiringAt(expiryAfter(standing.env().now, -1000)) });
    expect(() => judged(['root'])).toThrowError(refused('expired'));
  });

  it('without binding starts no repository', async () => {
    const bare = await simulate({ keys: standing.keys });
    await bare.seal(draftOf(bare), { bend: withoutMember(['x-countersign']) });
    const parts = { root: bare.served.get('1.root.json'), targets: bytesOf('targets'), releases: bytesOf('releases') };
    expect(() => judge({ gun: standing.gun, standing: undefined, server: standing, parts })).toThrowError(refused('refused-upload'));
  });

  it.each([
    ['snapshot', 'targets'],
    ['timestamp', 'root'],
    ['timestamp', 'snapshot'],
    ['snapshot', 'timestamp'],
  ])('may not give the server’s %s key to %s', async (own, role) => {
    const signers = [...standing.signersOf(own), ...(role === 'root' || role === 'targets' ? standing.signersOf(role) : [])];
    await rotated(role, ...signers);
    expect(() => judged(['root'])).toThrowError(refused('server-key'));
  });

  it.each(['snapshot', 'timestamp'])('must name the server’s key for %s, and it alone', async (role) => {
    await rotated(role, generateSigner('ed25519'));
    expect(() => judged(['root'])).toThrowError(refused('server-key'));
    draft = standing.fork();
    await rotated(role, ...standing.signersOf(role), generateSigner('ed25519'));
    expect(() => judged(['root'])).toThrowError(refused('server-key'));
  });

  it('moves to the next generation of a server’s key', async () => {
    const successor = await simulate();
    await rotated('timestamp', ...successor.signersOf('timestamp'));
    expect(judged(['root'], { successor }).generations).toEqual({ snapshot: 1, timestamp: 2 });
  });
});

const draftOf = (repository: Simulator) => {
  const { kind, name, signed, content, signedBytes } = repository.current('root', roleName('root'));
  return { kind, name, version: content.version, signed, message: signedBytes };
};
