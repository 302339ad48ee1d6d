// A publisher of Notary who would have the server sign or keep what clients should never see, or what nobody could go on from.
import {
  imageEntry,
  jsonObject,
  notary,
  parseDigest,
  parseNotaryRoleName,
  ReviewError,
  ROOT,
  type RoleName,
  SNAPSHOT,
  TARGETS,
} from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { certifiedSigner, freshBareSigner, NotaryRepository, notaryMetaOf, withMember } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';

type Parts = Map<RoleName, Uint8Array>;
const role = parseNotaryRoleName;
const parts = (files: Readonly<Record<string, Uint8Array>>): Parts =>
  new Map(Object.entries(files).map(([name, bytes]) => [role(name), bytes]));

/** `code about`, of what refuses an upload. */
async function refusal(upload: Promise<unknown>): Promise<string> {
  try {
    await upload;
    return 'accepted';
  } catch (error) {
    if (error instanceof ReviewError) return `${error.code} ${String(error.details['about'])}`;
    throw error;
  }
}

const entry = (digit: string) =>
  notary.entry(
    imageEntry({ digest: parseDigest(`sha256:${digit.repeat(64)}`), length: 7, mediaType: 'application/vnd.oci.image.index.v1+json' }),
  );
const tags = (names: Readonly<Record<string, string>>) => ({
  targets: jsonObject(Object.fromEntries(Object.entries(names).map(([name, digit]) => [name, entry(digit)]))),
});

async function repositoryOf(snapshot: 'server' | 'publisher' = 'server'): Promise<NotaryRepository> {
  const repository = await NotaryRepository.create({ snapshot });
  await repository.post(await repository.first());
  return repository;
}

/** Delegates to `name`, whose signer is new, and has it sign its first file. */
async function delegated(repository: NotaryRepository, name: string): Promise<void> {
  repository.signers.set(name, [freshBareSigner()]);
  const held = repository.keySet(name);
  const keys = jsonObject(Object.fromEntries(held.keys.map(({ keyid, object }) => [keyid, object])));
  const delegation = { keyids: held.keys.map(({ keyid }) => keyid), threshold: 1, name: role(name), terminating: false };
  const roles = [notary.delegatedRole({ ...delegation, scope: { by: 'paths', patterns: [''] } })];
  await repository.post(parts({ targets: await repository.targets(TARGETS, { delegations: jsonObject({ keys, roles }) }) }));
  await repository.post(parts({ [name]: await repository.targets(name, tags({ v1: 'a' })) }));
}

describe('the server takes no root', () => {
  it('of another repository, however well it is signed', async () => {
    const [one, other] = [await repositoryOf(), await NotaryRepository.create({ gun: 'registry.example.com/other' })];
    const stolen = await NotaryRepository.create({ gun: one.gun });
    expect(await refusal(stolen.post(await other.first()))).toBe('refused-upload root');
  });

  it('whose keys are bare', async () => {
    const repository = await NotaryRepository.create();
    repository.signers.set('root', [freshBareSigner()]);
    expect(await refusal(repository.post(await repository.first()))).toBe('refused-upload root');
  });

  it('whose certificate has run out', async () => {
    const repository = await NotaryRepository.create();
    const old = { commonName: repository.gun, notBefore: repository.now - 10_000, life: 5_000 };
    repository.signers.set('root', [await certifiedSigner(generateSigner('ecdsa-p256'), old)]);
    expect(await refusal(repository.post(await repository.first()))).toBe('refused-upload root');
  });

  it('that the root before did not sign', async () => {
    const repository = await repositoryOf();
    const stranger = await certifiedSigner(generateSigner('ecdsa-p256'), { commonName: repository.gun, notBefore: repository.now });
    expect(await refusal(repository.post(parts({ root: await repository.root({}, undefined, [stranger]) })))).toBe('refused-upload root');
  });

  it('that skips a version', async () => {
    const repository = await repositoryOf();
    const root = await repository.root({}, withMember(['version'], 3));
    expect(await refusal(repository.post(parts({ root })))).toBe('refused-upload root');
  });

  it('that gives the timestamp to somebody else', async () => {
    const repository = await NotaryRepository.create();
    const first = await (async () => {
      const other = await NotaryRepository.create({ gun: repository.gun });
      for (const [name, signers] of other.signers) if (name !== 'timestamp') repository.signers.set(name, signers);
      return await other.first();
    })();
    expect(await refusal(repository.post(first))).toBe('refused-upload root');
  });

  it("that makes the server's timestamp key a key of targets", async () => {
    const repository = await NotaryRepository.create();
    const [timestamp] = repository.signersOf('timestamp');
    if (timestamp !== undefined) repository.signers.set('targets', [timestamp]);
    expect(await refusal(repository.post(await repository.first()))).toBe('server-key root');
  });
});

describe('the server goes on', () => {
  it('after the certificate of the root before has run out', async () => {
    const repository = await NotaryRepository.create();
    const signer = generateSigner('ecdsa-p256');
    repository.signers.set('root', [await certifiedSigner(signer, { commonName: repository.gun, notBefore: repository.now, life: 1_000 })]);
    await repository.post(await repository.first());
    const [before] = repository.signersOf('root');
    repository.now += 2_000;
    expect(await refusal(repository.post(parts({ targets: await repository.targets(TARGETS, tags({ v1: 'a' })) })))).toBe('accepted');
    const next = await certifiedSigner(generateSigner('ecdsa-p256'), { commonName: repository.gun, notBefore: repository.now });
    const file = notary.parse('root', ROOT, repository.stored(ROOT), repository.env());
    const keys = new Map(file.signed.get('keys') as ReadonlyMap<string, never>).set(next.key.keyid, next.key.object as never);
    const roles = new Map(file.signed.get('roles') as ReadonlyMap<string, never>);
    roles.set('root', jsonObject({ keyids: [next.key.keyid], threshold: 1 }) as never);
    const root = await repository.root({ keys, roles }, undefined, before === undefined ? [] : [before, next]);
    expect(await refusal(repository.post(parts({ root })))).toBe('accepted');
  });

  it('with root 1 and other keys after a deletion', async () => {
    const repository = await repositoryOf();
    repository.deleted = true;
    const again = await NotaryRepository.create({ gun: repository.gun });
    for (const name of ['root', 'targets']) repository.signers.set(name, again.signersOf(name));
    expect(await refusal(repository.post(parts({ targets: await repository.targets(TARGETS) })))).toBe('refused-upload validation');
    repository.files = new Map([...repository.files].filter(() => false));
    expect(await refusal(repository.post(await repository.first()))).toBe('accepted');
  });
});

describe('the server takes no targets', () => {
  it('signed by anybody else', async () => {
    const repository = await repositoryOf();
    const forged = await repository.targets(TARGETS, tags({ v1: 'a' }), undefined, [freshBareSigner()]);
    expect(await refusal(repository.post(parts({ targets: forged })))).toBe('refused-upload targets');
  });

  it.each([1002, 2 ** 31 - 1])('of version %i, which would lock the repository', async (version) => {
    const repository = await repositoryOf();
    const locking = await repository.targets(TARGETS, {}, withMember(['version'], version));
    expect(await refusal(repository.post(parts({ targets: locking })))).toBe('wrong-version targets');
  });

  it('older than those that stand, and calls it a conflict', async () => {
    const repository = await repositoryOf();
    const old = await repository.targets(TARGETS, tags({ v1: 'a' }), withMember(['version'], 1));
    expect(await refusal(repository.post(parts({ targets: old })))).toBe('conflict targets');
  });

  it('of a role that nobody delegates to', async () => {
    const repository = await repositoryOf();
    repository.signers.set('targets/mallory', [freshBareSigner()]);
    const file = await repository.targets('targets/mallory', tags({ v1: 'a' }));
    expect(await refusal(repository.post(parts({ 'targets/mallory': file })))).toBe('refused-upload targets');
  });

  it.each(['targets/a/b', 'releases', 'targets/../x', 'targets'])('that delegate to %s', async (name) => {
    const repository = await repositoryOf();
    const delegations = jsonObject({ keys: jsonObject({}), roles: [jsonObject({ keyids: [], name, threshold: 1 })] });
    expect(await refusal(repository.post(parts({ targets: await repository.targets(TARGETS, { delegations }) })))).toBe(
      'refused-upload targets',
    );
  });

  it.each([
    ['a line end after the file', (file: Uint8Array) => Buffer.concat([file, Buffer.from('\n')])],
    [
      'another member beside signed',
      (file: Uint8Array) => Buffer.from(Buffer.from(file).toString().replace('{"signed"', '{"note":1,"signed"')),
    ],
    ['signatures before signed', signaturesFirst],
    ['spaces', (file: Uint8Array) => Buffer.from(Buffer.from(file).toString().replace('{"signed":', '{ "signed": '))],
  ])('spelled with %s, which no program of Notary could read again', async (_, respelled) => {
    const repository = await repositoryOf();
    const file = respelled(await repository.targets(TARGETS, tags({ v1: 'a' })));
    expect(await refusal(repository.post(parts({ targets: file })))).toBe('refused-upload targets');
    expect(await refusal(repository.post(parts({ targets: await repository.targets(TARGETS, tags({ v1: 'a' })) })))).toBe('accepted');
  });

  it('that another repository published before', async () => {
    const [one, other] = [await repositoryOf(), await NotaryRepository.create({ gun: 'registry.example.com/other' })];
    for (const name of ['targets']) other.signers.set(name, one.signersOf(name));
    await other.post(await other.first());
    const file = await one.targets(TARGETS, tags({ v1: 'a' }));
    await one.post(parts({ targets: file }));
    for (const [claim, gun] of one.claims) if (claim.startsWith('targets ')) other.claims.set(claim, gun);
    expect(await refusal(other.post(parts({ targets: file })))).toBe('foreign-metadata validation');
  });
});

describe('the server takes no snapshot of a publisher', () => {
  const publish = async (bend: Parameters<NotaryRepository['snapshot']>[1]) => {
    const repository = await repositoryOf('publisher');
    await (async () => {
      const targets = parts({ targets: await repository.targets(TARGETS, tags({ v1: 'a' })) });
      await repository.post(new Map([...targets, [SNAPSHOT, await repository.snapshot(targets)]]));
    })();
    const next = parts({ targets: await repository.targets(TARGETS, tags({ v2: 'b' })) });
    return await refusal(repository.post(new Map([...next, [SNAPSHOT, await repository.snapshot(next, bend)]])));
  };
  const bytes = Buffer.from('of nothing that is stored');

  it('unless it is bent in no place', async () => expect(await publish(undefined)).toBe('accepted'));
  it('that names an older root', async () =>
    expect(await publish(withMember(['meta', 'root'], notaryMetaOf(bytes)))).toBe('refused-upload snapshot'));
  it('that names other targets', async () =>
    expect(await publish(withMember(['meta', 'targets'], notaryMetaOf(bytes)))).toBe('refused-upload snapshot'));
  it('that names a role which is nowhere', async () =>
    expect(await publish(withMember(['meta', 'targets/nobody'], notaryMetaOf(bytes)))).toBe('unknown-role snapshot'));
  it('of a version that would lock the repository', async () =>
    expect(await publish(withMember(['version'], 2 ** 31 - 1))).toBe('wrong-version snapshot'));
});

describe('the server keeps delegations', () => {
  it('that a snapshot of a publisher left out', async () => {
    const repository = await repositoryOf('publisher');
    const post = async (files: Parts, bend?: Parameters<NotaryRepository['snapshot']>[1]) =>
      await repository.post(new Map([...files, [SNAPSHOT, await repository.snapshot(files, bend)]]));
    repository.signers.set('targets/releases', [freshBareSigner()]);
    const { keys } = repository.keySet('targets/releases');
    const roles = [jsonObject({ keyids: keys.map(({ keyid }) => keyid), name: 'targets/releases', paths: [''], threshold: 1 })];
    const delegations = jsonObject({ keys: jsonObject(Object.fromEntries(keys.map(({ keyid, object }) => [keyid, object]))), roles });
    await post(parts({ targets: await repository.targets(TARGETS, { delegations }) }));
    await post(parts({ 'targets/releases': await repository.targets('targets/releases', tags({ v1: 'a' })) }));
    const next = parts({ targets: await repository.targets(TARGETS, tags({ v1: 'b' })) });
    const without = (signed: Parameters<NonNullable<Parameters<NotaryRepository['snapshot']>[1]>>[0]) => {
      const meta = new Map(signed.get('meta') as ReadonlyMap<string, never>);
      meta.delete('targets/releases');
      return new Map(signed).set('meta', meta);
    };
    expect(await refusal(post(next, without))).toBe('refused-upload snapshot');
  });

  it('from going back to what they signed before', async () => {
    const repository = await repositoryOf();
    await delegated(repository, 'targets/releases');
    const old = repository.stored(role('targets/releases'));
    await repository.post(parts({ 'targets/releases': await repository.targets('targets/releases', tags({ v1: 'b' })) }));
    expect(await refusal(repository.post(parts({ 'targets/releases': old })))).toBe('conflict targets');
  });

  it('and lets one that was taken away come back from version 1', async () => {
    const repository = await repositoryOf();
    await delegated(repository, 'targets/releases');
    await repository.post(parts({ 'targets/releases': await repository.targets('targets/releases', tags({ v1: 'b' })) }));
    const none = jsonObject({ keys: jsonObject({}), roles: [] });
    const plan = await repository.post(parts({ targets: await repository.targets(TARGETS, { delegations: none }) }));
    expect(plan.retired).toEqual(['targets/releases']);
    repository.now += 1000;
    await delegated(repository, 'targets/releases');
    expect(repository.files.get(role('targets/releases'))?.version).toBe(1);
  });
});

function signaturesFirst(file: Uint8Array): Uint8Array {
  const { signed, signatures } = JSON.parse(Buffer.from(file).toString());
  return Buffer.from(JSON.stringify({ signatures, signed }));
}
