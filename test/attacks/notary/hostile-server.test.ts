// A server of Notary that lies to those who read. In most repositories it holds the keys of timestamp and snapshot, and snapshots of
// Notary state no versions: what its own clients then accept, older delegations and older, shorter targets, ours refuse.
import {
  decodeBase64,
  decodeUtf8,
  type JsonObject,
  jsonObject,
  memberObject,
  memberString,
  nextDraft,
  notary,
  parseNotaryRoleName,
  pinOf,
  type RoleName,
  type Signer,
  SNAPSHOT,
  spellCertificateKey,
  TARGETS,
  TIMESTAMP,
} from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import {
  bareSigner,
  certifiedSigner,
  freshBareSigner,
  type NotaryBend,
  NotaryRepository,
  notaryMetaOf,
  withMember,
  withoutMember,
} from '@countersign/testkit';
import { expect, it } from 'vitest';
import { refusal } from '../victims/victims.ts';
import { againstReaders, type Reader, type Start } from './readers.ts';

const role = parseNotaryRoleName;
const RELEASES = role('targets/releases');
const parts = (files: Readonly<Record<string, Uint8Array>>): Map<RoleName, Uint8Array> =>
  new Map(Object.entries(files).map(([name, bytes]) => [role(name), bytes]));

/** As docker signs a tag. */
const entry = (digit: string): JsonObject =>
  jsonObject({ hashes: jsonObject({ sha256: Buffer.from(digit.repeat(64), 'hex').toString('base64') }), length: 7 });
const tags = (names: Readonly<Record<string, string>>) => ({
  targets: jsonObject(Object.fromEntries(Object.entries(names).map(([name, digit]) => [name, entry(digit)]))),
});
const hex = (digit: string): string => digit.repeat(64);

async function begun(gun?: string): Promise<NotaryRepository> {
  const repository = await NotaryRepository.create(gun === undefined ? {} : { gun });
  await repository.post(await repository.first());
  return repository;
}

const tagged = async (repository: NotaryRepository, name: string, names: Readonly<Record<string, string>>): Promise<void> => {
  await repository.post(parts({ [name]: await repository.targets(name, tags(names)) }));
};

/** Delegates everything to `name`, whose signers these are. */
async function delegate(repository: NotaryRepository, name: string, signers: readonly Signer[], threshold = 1): Promise<void> {
  repository.signers.set(name, signers);
  const keys = jsonObject(Object.fromEntries(signers.map(({ key }) => [key.keyid, key.object])));
  const held = { keyids: signers.map(({ key }) => key.keyid), threshold, name: role(name), terminating: false };
  const roles = [notary.delegatedRole({ ...held, scope: { by: 'paths', patterns: [''] } })];
  await repository.post(parts({ targets: await repository.targets(TARGETS, { delegations: jsonObject({ keys, roles }) }) }));
}

/** What the server can do with its keys: a newer snapshot over whatever it stores, and a newer timestamp. */
async function vouch(repository: NotaryRepository, bend?: NotaryBend): Promise<void> {
  const stored = [...repository.files].filter(([name]) => name !== SNAPSHOT && name !== TIMESTAMP);
  const snapshot = await repository.snapshot(new Map(stored.map(([name, { bytes }]) => [name, bytes])), bend);
  const versionOf = (kind: 'snapshot' | 'timestamp', name: RoleName, bytes: Uint8Array) =>
    notary.parse(kind, name, bytes, repository.env()).content.version;
  repository.store(SNAPSHOT, snapshot, versionOf('snapshot', SNAPSHOT, snapshot));
  const before = notary.parse('timestamp', TIMESTAMP, repository.stored(TIMESTAMP), repository.env());
  const meta = jsonObject({ snapshot: notaryMetaOf(snapshot) });
  const timestamp = await repository.signed(nextDraft(before, repository.expires(2), { meta }, repository.env()));
  repository.store(TIMESTAMP, timestamp, versionOf('timestamp', TIMESTAMP, timestamp));
}

againstReaders('refuses, from a server that signs timestamps and snapshots,', (start) => {
  /** A reader that has seen the tag move on, in `name`, and the file from before. */
  async function seen(name: 'targets' | 'targets/releases') {
    const repository = await begun();
    if (name !== 'targets') await delegate(repository, name, [freshBareSigner()]);
    await tagged(repository, name, { v1: 'a' });
    const before = repository.files.get(role(name));
    if (before === undefined) throw new Error('nothing was stored');
    const reader = await start(repository);
    expect(await reader.find('v1')).toBe(hex('a'));
    // Longer than the one before, which is what its own clients need to be deceived.
    await tagged(repository, name, { v1: 'b', v2: 'b' });
    expect(await reader.find('v1')).toBe(hex('b'));
    return { repository, reader, before };
  }

  it.each(['targets', 'targets/releases'] as const)('an older file of %s', async (name) => {
    const { repository, reader, before } = await seen(name);
    repository.store(before.name, before.bytes, before.version);
    await vouch(repository);
    expect(await refusal(reader.find('v1'))).toBe('rollback');
    await reader.loseCache();
    expect(await refusal(reader.find('v1'))).toBe('rollback');
    expect(await refusal(reader.find('v2'))).toBe('rollback');
  });

  it.each(['targets', 'targets/releases'] as const)('another file of %s under the version that was seen', async (name) => {
    const { repository, reader, before } = await seen(name);
    repository.store(before.name, before.bytes, before.version);
    const other = await repository.targets(name, tags({ v1: 'c' }));
    repository.store(before.name, other, before.version + 1);
    await vouch(repository);
    expect(await refusal(reader.find('v1'))).toBe('equivocation');
  });

  it('a snapshot that leaves out a role which is still delegated to', async () => {
    const { repository, reader } = await seen('targets/releases');
    repository.files.delete(RELEASES);
    await vouch(repository, withoutMember(['meta', RELEASES]));
    expect(await refusal(reader.find('v1'))).toBe('rollback');
  });

  it('and goes on once the newest is served again', async () => {
    const { repository, reader, before } = await seen('targets/releases');
    const newest = repository.files.get(RELEASES);
    repository.store(before.name, before.bytes, before.version);
    await vouch(repository);
    expect(await refusal(reader.find('v1'))).toBe('rollback');
    if (newest !== undefined) repository.store(newest.name, newest.bytes, newest.version);
    await vouch(repository);
    expect(await reader.find('v1')).toBe(hex('b'));
  });

  it('an older timestamp, and an older snapshot under a newer one', async () => {
    const { repository, reader } = await seen('targets');
    const [timestamp, snapshot] = [repository.stored(TIMESTAMP), repository.stored(SNAPSHOT)];
    await tagged(repository, 'targets', { v1: 'c' });
    expect(await reader.find('v1')).toBe(hex('c'));
    reader.instead.set('timestamp.json', timestamp);
    expect(await refusal(reader.find('v1'))).toBe('rollback');
    reader.instead.clear();
    const meta = jsonObject({ snapshot: notaryMetaOf(snapshot) });
    const before = notary.parse('timestamp', TIMESTAMP, repository.stored(TIMESTAMP), repository.env());
    repository.store(TIMESTAMP, await repository.signed(nextDraft(before, repository.expires(2), { meta }, repository.env())), 99);
    expect(await refusal(reader.find('v1'))).toBe('rollback');
  });

  it('a root that it withholds', async () => {
    const { repository, reader } = await seen('targets');
    await repository.post(parts({ root: await repository.root() }));
    reader.instead.set('2.root.json', undefined);
    expect(await refusal(reader.find('v1'))).toBe('mismatch');
  });

  it('the root of a newcomer, when a newer one is named', async () => {
    const repository = await begun();
    await repository.post(parts({ root: await repository.root() }));
    const reader = await start(repository);
    reader.instead.set('2.root.json', undefined);
    expect(await refusal(reader.find('v1'))).toBe('mismatch');
  });
});

againstReaders('takes no silence for an answer:', (start) => {
  it.each(['timestamp.json'])('a name that was seen does not become unsigned when %s is gone', async (path) => {
    const repository = await begun();
    await tagged(repository, 'targets', { v1: 'a' });
    const reader = await start(repository);
    expect(await reader.find('v1')).toBe(hex('a'));
    reader.instead.set(path, undefined);
    expect(await refusal(reader.find('v1'))).toBe('missing');
    reader.instead.clear();
    expect(await reader.find('v1')).toBe(hex('a'));
  });

  it('nor when everything is', async () => {
    const repository = await begun();
    const reader = await start(repository);
    await reader.find('v1');
    for (const path of repository.served.keys()) reader.instead.set(path, undefined);
    expect(await refusal(reader.find('v1'))).toBe('missing');
  });
});

againstReaders('believes no root', (start) => {
  /** A repository that is served as `gun`, and is certified for another name. */
  async function under(gun: string, repository: NotaryRepository): Promise<Reader> {
    const stand = Object.assign(Object.create(Object.getPrototypeOf(repository)), repository, { gun });
    return start(stand, { gun: notary.parseGun(gun) });
  }

  it('of another repository', async () => {
    expect(await refusal((await under('registry.example.com/team/app', await begun('registry.example.com/other'))).find('v1'))).toBe(
      'wrong-repository',
    );
  });

  it.each([
    ['Registry.example.com/Team/App', 'registry.example.com/team/app'],
    ['registry.example.com/team/app', 'registry.example.com/Team/app'],
  ])('of %s for %s', async (certified, asked) => {
    expect(await refusal((await under(asked, await begun(certified))).find('v1'))).toBe('wrong-repository');
  });

  it('of a later version in the place of the pinned first one', async () => {
    const repository = await begun();
    const first = notary.parse('root', role('root'), repository.stored(role('root')), repository.env());
    const reader = await start(repository, { pins: [pinOf(first, repository.env().crypto)] });
    await repository.post(parts({ root: await repository.root() }));
    reader.instead.set('1.root.json', undefined);
    expect(await refusal(reader.find('v1'))).toBe('missing');
    reader.instead.clear();
    expect(await reader.find('v1')).toBeUndefined();
  });

  it('whose certificate names all of a prefix, unless policy says so', async () => {
    const repository = await certifiedAs('registry.example.com/team/_', undefined, (pem) => renamed(pem, '/team/_', '/team/*'));
    expect(await refusal((await start(repository)).find('v1'))).toBe('wrong-repository');
    const allowing = await start(repository, { wildcards: 'allow' });
    expect(await allowing.find('v1')).toBe(hex('a'));
  });

  it('whose certificate has run out, whether it was seen before or not', async () => {
    const repository = await certifiedAs('registry.example.com/team/app', 10 * 86_400_000);
    const reader = await start(repository);
    expect(await reader.find('v1')).toBe(hex('a'));
    repository.now += 11 * 86_400_000;
    await vouch(repository);
    expect(await refusal(reader.find('v1'))).toBe('expired');
    expect(await refusal((await start(repository)).find('v1'))).toBe('expired');
  });
});

/** A certificate that says another name, which ours are never made for. Nobody asks for the signature of its issuer: that is the key itself. */
function renamed(pem: string, from: string, to: string): string {
  const der = Buffer.from(pem.replace(/-----[^\n]+-----/g, ''), 'base64');
  const bytes = Buffer.from(der.toString('latin1').replaceAll(from, to), 'latin1').toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${bytes.replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

/** A repository whose first root, in a certificate for `commonName`, no server would have judged. */
async function certifiedAs(commonName: string, life?: number, change: (pem: string) => string = (pem) => pem): Promise<NotaryRepository> {
  const repository = await begun();
  const notBefore = repository.now;
  const made = await certifiedSigner(generateSigner('ecdsa-p256'), { commonName, notBefore, ...(life === undefined ? {} : { life }) });
  const pem = decodeUtf8(decodeBase64(memberString(memberObject(made.key.object, 'keyval', 'key'), 'public', 'key')));
  const spelled = spellCertificateKey(change(pem), repository.env().crypto);
  repository.signers.set('root', [{ ...made, key: { ...made.key, ...spelled } }]);
  const first = await repository.first();
  repository.store(role('root'), first.get(role('root')) ?? new Uint8Array(), 1);
  repository.store(TARGETS, await repository.targets(TARGETS, tags({ v1: 'a' })), 2);
  await vouch(repository);
  return repository;
}

againstReaders('counts keys,', (start) => {
  const releasedBy = async (signers: readonly Signer[], threshold: number): ReturnType<Start> => {
    const repository = await begun();
    await delegate(repository, 'targets/releases', signers, threshold);
    repository.store(RELEASES, await repository.targets('targets/releases', tags({ v1: 'a' })), 1);
    await vouch(repository);
    return start(repository);
  };

  it('and not the two ids of one, bare and in a certificate', async () => {
    const signer = generateSigner('ecdsa-p256');
    const notBefore = Date.parse('2026-11-21T00:00:00Z');
    const twice = [bareSigner(signer), await certifiedSigner(signer, { commonName: 'alice', notBefore })];
    expect(await refusal((await releasedBy(twice, 2)).find('v1'))).toBe('signature');
    const two = [freshBareSigner(), await certifiedSigner(generateSigner('ecdsa-p256'), { commonName: 'alice', notBefore })];
    expect(await (await releasedBy(two, 2)).find('v1')).toBe(hex('a'));
  });

  it('and none of a kind that nobody can check', async () => {
    const known = freshBareSigner();
    const object = withMember(['keytype'], 'dilithium')(known.key.object as JsonObject);
    const { keyid } = { keyid: notary.keyId(object, (await begun()).env().crypto) };
    const strange: Signer = { ...known, key: { ...known.key, object, keyid } };
    expect(await refusal((await releasedBy([strange], 1)).find('v1'))).toBe('signature');
  });
});
