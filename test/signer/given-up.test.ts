// The way back when a signing service is ahead of every store: an old copy was restored, a deletion came between, or a thief had something
// signed that nobody stored. An administrator releases the name; then it begins anew, or goes on from what the store has.
import { encodeBase64, type RoleName } from '@countersign/core';
import { type MetadataStore, memoryStore, type RepositoryRef } from '@countersign/store';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Owner, SignedElsewhere } from '../lab/signed-elsewhere.ts';
import { ADMINISTRATOR, ask, type Reply } from '../lab/stolen-server.ts';
import { commitsOf } from '../lab/store-commits.ts';

const DAY = 86_400_000;

let site: SignedElsewhere;
let owner: Owner;
beforeAll(async () => {
  site = await SignedElsewhere.begin();
});
afterEach(() => site.anew());
afterAll(() => site.end());

const repository = (): RepositoryRef => ({ gun: owner.repository.gun, dialect: 'tuf' });
const asked = (path: string, more: object = {}): Promise<Reply> =>
  ask(site.signer.url, `/v1/repositories/${path}`, { ...repository(), ...more }, ADMINISTRATOR);
const released = async (): Promise<void> => expect(await asked('release')).toMatchObject({ status: 200 });

/** The owner knows no more than `store` has. */
async function behind(store: MetadataStore): Promise<void> {
  const head = await store.head(repository());
  for (const role of ['root', 'targets', 'releases'] as RoleName[]) {
    const file = head?.files.get(role);
    const bytes = file && (await store.kept(repository(), { role, version: file.version }));
    if (file === undefined || bytes === undefined) throw new Error(`there is no ${role}`);
    owner.repository.newest.set(role, { name: role, version: file.version, digest: file.digest, bytes });
  }
}

/** All of the owner's roles, as the next versions of what `store` has. */
async function anew(store: MetadataStore): Promise<readonly (readonly [string, Uint8Array])[]> {
  await behind(store);
  await owner.repository.rotate(new Map());
  await owner.repository.next('targets', 'targets' as RoleName, {});
  await owner.repository.next('targets', 'releases' as RoleName, {});
  return owner.parts();
}

describe('a store that was restored two publishes behind', () => {
  let url = '';
  let store: MetadataStore;
  const restore = async (): Promise<void> => {
    const copying = commitsOf(site.store);
    const { url: before } = await site.server({}, copying.store);
    owner = await Owner.of(before, site.signer.now);
    expect(await owner.post(before)).toMatchObject({ status: 200 });
    store = await copying.copied(memoryStore());
    for (const tag of ['v1', 'v2']) {
      await owner.tag(tag);
      expect(await owner.post(before)).toMatchObject({ status: 200 });
    }
    ({ url } = await site.server({}, store));
  };

  it('is published to again once the name began anew, above what was signed', async () => {
    await restore();
    expect(await owner.delete(url)).toMatchObject({ status: 503, code: 'restored-store' });
    await released();
    expect(await owner.delete(url)).toMatchObject({ status: 200 });
    const parts = await anew(store);
    expect(await owner.post(url, parts, '?recreate=true')).toMatchObject({ status: 200 });
    expect(await owner.served(url, '4.snapshot.json')).toMatchObject({ version: 4 });
    await owner.tag('v3');
    expect(await owner.post(url)).toMatchObject({ status: 200 });
    expect(await owner.served(url, '5.snapshot.json')).toMatchObject({ version: 5 });
  });

  it('begins anew with the same number when the answer to that is lost', async () => {
    await restore();
    await released();
    expect(await owner.delete(url)).toMatchObject({ status: 200 });
    const parts = await anew(store);
    // The keys, a refusal of the number that the store would have next, and that nothing is to be finished.
    const lost = site.way.loseAfter(3);
    expect(await owner.post(url, parts, '?recreate=true')).toMatchObject({ status: 503, code: 'signer-unavailable' });
    await lost;
    site.way.mend();
    const { url: other } = await site.server({}, store);
    expect(await owner.post(other, parts, '?recreate=true')).toMatchObject({ status: 200 });
    expect(await owner.served(other, '4.snapshot.json')).toMatchObject({ version: 4 });
    const again = { msg: 'signed', gun: owner.repository.gun, role: 'snapshot', again: true };
    expect(site.signer.lines).toContainEqual(expect.objectContaining(again));
  });

  it('goes on from what it has once an administrator showed that, and its owner names the next keys', async () => {
    await restore();
    const head = await store.head(repository());
    const files: Record<string, string> = {};
    for (const [role, { version }] of head?.files ?? [])
      files[role] = encodeBase64((await store.file(repository(), { role, version })) ?? new Uint8Array());
    expect(await asked('adopt', { files })).toMatchObject({ body: { code: 'equivocation' } });
    await released();
    expect(await asked('adopt', { files })).toMatchObject({ status: 200 });
    // What stands lives on until then, in new files above all that were signed.
    site.signer.now += 2 * DAY;
    expect(await owner.served(url, 'timestamp.json')).toMatchObject({ version: 4 });
    site.signer.now += 6 * DAY;
    expect(await owner.served(url, 'timestamp.json')).toMatchObject({ version: 5 });
    owner.repository.now = site.signer.now;
    await behind(store);
    for (const role of ['timestamp', 'snapshot'] as const) {
      await owner.rotate(url, role);
      const root = owner.repository.newest.get('root' as RoleName)?.bytes ?? new Uint8Array();
      expect(await owner.post(url, [['root', root]])).toMatchObject({ status: 200 });
    }
    expect(await owner.served(url, '5.snapshot.json')).toMatchObject({ version: 5 });
    expect(await owner.served(url, '6.snapshot.json')).toMatchObject({ version: 6 });
  });
});

it('an owner begins anew in a store that lost everything, above what was signed', async () => {
  const { url: before } = await site.server();
  owner = await Owner.of(before, site.signer.now);
  expect(await owner.post(before)).toMatchObject({ status: 200 });
  await owner.tag('v1');
  expect(await owner.post(before)).toMatchObject({ status: 200 });
  const { url } = await site.server({}, memoryStore());
  const other = await Owner.of(url, site.signer.now, owner.repository.gun);
  expect(await other.post(url)).toMatchObject({ status: 503 });
  await released();
  expect(await other.post(url)).toMatchObject({ status: 200 });
  expect(await other.served(url, '3.snapshot.json')).toMatchObject({ version: 3 });
  expect(await other.served(url, 'timestamp.json')).toMatchObject({ version: 3 });
});

it('a deletion that came between a signature and its commit is no end of the name', async () => {
  const [slow, deleting] = [commitsOf(site.store), commitsOf(site.store)];
  const [{ url: first }, { url: second }] = [await site.server({}, slow.store), await site.server({}, deleting.store)];
  owner = await Owner.of(first, site.signer.now);
  expect(await owner.post(first)).toMatchObject({ status: 200 });
  await owner.tag('v1');
  const [deletion, publish] = [deleting.stop(), slow.stop()];
  const deleted = owner.delete(second);
  await deletion.reached;
  const late = owner.post(first);
  await publish.reached;
  deletion.go();
  expect(await deleted).toMatchObject({ status: 200 });
  publish.go();
  expect(await late).toMatchObject({ status: 409 });
  await released();
  const parts = await anew(site.store);
  expect(await owner.post(second, parts, '?recreate=true')).toMatchObject({ status: 200 });
  expect(await owner.served(second, '3.snapshot.json')).toMatchObject({ version: 3 });
});
