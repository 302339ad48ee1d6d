// Between a signature and the commit of what it was for: an answer gets lost, a server dies or stands still. Whatever was signed is finished by
// whoever comes next, byte for byte, and nobody is told of it twice.
import { memoryStore } from '@countersign/store';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Owner, SignedElsewhere } from '../lab/signed-elsewhere.ts';
import { commitsOf } from '../lab/store-commits.ts';

const DAY = 86_400_000;

let site: SignedElsewhere;
let owner: Owner;
beforeAll(async () => {
  site = await SignedElsewhere.begin();
});
afterEach(() => site.anew());
afterAll(() => site.end());

const signatures = () =>
  site.signer.lines.filter(({ msg }) => msg === 'signed').map(({ role, again }) => `${role}${again === true ? ' again' : ''}`);

describe.each([
  ['of the snapshot', 0],
  ['of the timestamp', 1],
])('a publish whose answer %s was lost', (_, arrived) => {
  let url = '';
  beforeEach(async () => {
    ({ url } = await site.server());
    owner = await Owner.of(url, site.signer.now);
    expect(await owner.post(url)).toMatchObject({ status: 200 });
    await owner.tag('v1');
    const lost = site.way.loseAfter(arrived);
    expect(await owner.post(url)).toMatchObject({ status: 503, code: 'signer-unavailable' });
    await lost;
    expect(await owner.served(url, 'timestamp.json')).toMatchObject({ version: 1 });
    site.way.mend();
  });

  it('is there once its owner tries again', async () => {
    expect(await owner.post(url)).toMatchObject({ status: 200 });
    expect(await owner.served(url, 'timestamp.json')).toMatchObject({ version: 2 });
    await owner.tag('v2');
    expect(await owner.post(url)).toMatchObject({ status: 200 });
    expect(signatures().slice(-4)).toContain('timestamp');
    expect(signatures().filter((line) => line.endsWith('again'))).not.toEqual([]);
  });

  it('is finished by another server, for which the owner of another version is told of a conflict', async () => {
    const { url: other } = await site.server();
    const mine = owner.parts();
    await owner.tag('v2');
    // Somebody else at the same keys, who never saw v1.
    expect(await owner.post(other)).toMatchObject({ status: 409, code: 'wrong-version' });
    expect(await owner.served(other, 'timestamp.json')).toMatchObject({ version: 1 });
    expect(await owner.post(other, mine)).toMatchObject({ status: 200 });
    expect(await owner.served(other, 'timestamp.json')).toMatchObject({ version: 2 });
  });

  it('is finished when its timestamp is due, however old it is by then', async () => {
    site.signer.now += 5 * DAY;
    const { version, expires } = await owner.served(url, 'timestamp.json');
    expect(version).toBeGreaterThanOrEqual(2);
    expect(Date.parse(expires)).toBeGreaterThan(site.signer.now);
    expect(await owner.served(url, '2.snapshot.json')).toMatchObject({ version: 2 });
  });

  it('is finished with the snapshot after it, when its own has run out by then', async () => {
    site.signer.now += 15 * DAY;
    expect(Date.parse((await owner.served(url, 'timestamp.json')).expires)).toBeGreaterThan(site.signer.now + 2 * DAY);
    const { version, expires } = await owner.served(url, 'snapshot.json');
    expect([version, Date.parse(expires) > site.signer.now + 13 * DAY]).toEqual([3, true]);
    expect((await site.store.records({ limit: 10 })).map(({ record }) => record.kind)).toEqual(['root', 'publish', 'refresh']);
  });

  it('is finished before its name is deleted', async () => {
    expect(await owner.delete(url)).toMatchObject({ status: 200 });
    const records = await site.store.records({ limit: 10 });
    expect(records.map(({ record }) => record.kind)).toEqual(['root', 'publish', 'delete']);
  });
});

it('a server that stands still between signature and commit does not keep others from publishing, nor publish twice when it goes on', async () => {
  const slow = commitsOf(site.store);
  const { url } = await site.server({}, slow.store);
  owner = await Owner.of(url, site.signer.now);
  expect(await owner.post(url)).toMatchObject({ status: 200 });
  const stopped = slow.stop();
  await owner.tag('v1');
  const first = owner.parts();
  const late = owner.post(url);
  await stopped.reached;
  const { url: other } = await site.server();
  expect(await owner.post(other, first)).toMatchObject({ status: 200 });
  await owner.tag('v2');
  expect(await owner.post(other)).toMatchObject({ status: 200 });
  stopped.go();
  // By now somebody has published over it.
  expect(await late).toMatchObject({ status: 409, code: 'conflict' });
  expect(await owner.served(other, 'timestamp.json')).toMatchObject({ version: 3 });
});

it('ten owners at three servers publish side by side, each of them once', async () => {
  const urls = await Promise.all([site.server(), site.server(), site.server()]).then((servers) => servers.map(({ url }) => url));
  const at = (index: number): string => urls[index % urls.length] ?? '';
  owner = await Owner.of(at(0), site.signer.now);
  expect(await owner.post(at(0))).toMatchObject({ status: 200 });
  await owner.tag('v1');
  // The same upload by all of them: one publishes it, and to the others it is a conflict, or done.
  const said = await Promise.all(Array.from({ length: 10 }, (_, index) => owner.post(at(index))));
  expect(said.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1);
  expect(said.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
  const records = await site.store.records({ limit: 10 });
  expect(records.map(({ record }) => record.seq)).toEqual([1, 2]);
});

describe('a root with the next key that was signed and never stored', () => {
  let url = '';
  beforeEach(async () => {
    ({ url } = await site.server());
    owner = await Owner.of(url, site.signer.now);
    expect(await owner.post(url)).toMatchObject({ status: 200 });
    await owner.rotate(url, 'timestamp');
    const lost = site.way.loseAfter(0);
    expect(await owner.post(url)).toMatchObject({ status: 503, code: 'signer-unavailable' });
    await lost;
    site.way.mend();
  });

  it('is finished before anything else is judged', async () => {
    const { url: other } = await site.server();
    expect(await owner.post(other)).toMatchObject({ status: 200 });
    await owner.tag('v1');
    expect(await owner.post(other)).toMatchObject({ status: 200 });
    expect(await owner.served(other, 'timestamp.json')).toMatchObject({ version: 3 });
  });

  it('is finished when a timestamp is due that its key cannot sign any more', async () => {
    site.signer.now += 2 * DAY;
    expect((await owner.served(url, 'timestamp.json')).version).toBeGreaterThanOrEqual(2);
    expect(await owner.served(url, '2.root.json')).toMatchObject({ version: 2 });
  });
});

it('a service that was started again is asked again', async () => {
  const { url } = await site.server();
  owner = await Owner.of(url, site.signer.now);
  expect(await owner.post(url)).toMatchObject({ status: 200 });
  await site.signer.restart();
  await owner.tag('v1');
  expect(await owner.post(url)).toMatchObject({ status: 200 });
});

it('a timestamp whose answer was lost leaves its number out', async () => {
  const { url } = await site.server();
  owner = await Owner.of(url, site.signer.now);
  expect(await owner.post(url)).toMatchObject({ status: 200 });
  site.signer.now += 2 * DAY;
  const lost = site.way.loseAfter(0);
  expect(await owner.served(url, 'timestamp.json')).toMatchObject({ version: 1 });
  await lost;
  site.way.mend();
  site.signer.now += 2000;
  expect(await owner.served(url, 'timestamp.json')).toMatchObject({ version: 3 });
});

it('a store that was restored from before gets no lower version signed', async () => {
  const { url } = await site.server();
  owner = await Owner.of(url, site.signer.now);
  const first = owner.parts();
  expect(await owner.post(url)).toMatchObject({ status: 200 });
  for (const tag of ['v1', 'v2']) {
    await owner.tag(tag);
    expect(await owner.post(url)).toMatchObject({ status: 200 });
  }
  const { url: restored } = await site.server({}, memoryStore());
  expect(await owner.post(restored, first)).toMatchObject({ status: 503, code: 'restored-store' });
});
