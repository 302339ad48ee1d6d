// The life of a Notary name on a server: keys before it exists, its end, another beginning, and what the changefeed tells of it.
import { afterEach, describe, expect, it } from 'vitest';
import { newOwner, serverSigner } from './owner.ts';
import { closeSites, newSite, type Site } from './site.ts';

afterEach(closeSites);

interface Change {
  readonly ID: string;
  readonly GUN: string;
  readonly Version: number;
  readonly SHA256: string;
  readonly Category: string;
}

async function feed(site: Site, path: string): Promise<readonly Change[]> {
  const { body } = await site.ask(path);
  const { count, records } = JSON.parse(body.toString());
  expect(count).toBe(records?.length ?? 0);
  return records ?? [];
}

describe('the keys of the server', () => {
  it('are told in Go’s order of members, for any name, and asking stores nothing', async () => {
    const site = await newSite();
    for (const role of ['timestamp', 'snapshot']) {
      const path = `/v2/nobody/here/_trust/tuf/${role}.key`;
      const [now, next] = [await site.ask(path), await site.ask(path, { method: 'POST' })];
      for (const { status, body } of [now, next]) {
        expect(status).toBe(200);
        expect(body.toString()).toMatch(/^\{"keytype":"ed25519","keyval":\{"public":"[A-Za-z0-9+/]{43}=","private":null\}\}$/);
      }
      expect(next.body.equals(now.body)).toBe(false);
      expect((await site.ask(path)).body.equals(now.body)).toBe(true);
    }
    for await (const some of site.store.repositories()) throw new Error(`stored ${some.gun}`);
  });

  it('are other ones for the TUF repository of the same name', async () => {
    const site = await newSite();
    const ours = await serverSigner(site, '/v2/a/b/_trust/tuf/timestamp.key');
    const { body } = await site.ask('/v2/a/b/_trust/metadata/timestamp.key');
    expect(Buffer.from(JSON.parse(body.toString()).keyval.public, 'hex').toString('base64')).not.toBe(
      JSON.parse((await site.ask('/v2/a/b/_trust/tuf/timestamp.key')).body.toString()).keyval.public,
    );
    expect(ours.key.keyid).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('a name', () => {
  it('is free after its deletion: another owner begins with root 1, and the timestamp goes on counting', async () => {
    const site = await newSite();
    const first = await newOwner(site, { snapshot: 'publisher' });
    await first.begin();
    for (const tag of ['v1', 'v2', 'v3']) await first.post(await first.tagged(tag));
    for (const _ of ['now', 'already']) {
      const { status, body } = await site.ask(first.base, { method: 'DELETE' });
      expect([status, body.length]).toEqual([200, 0]);
    }
    for (const file of ['root.json', '1.root.json', 'timestamp.json']) expect((await first.get(file)).status).toBe(404);

    const second = await newOwner(site, { snapshot: 'publisher' });
    await second.begin();
    expect((await second.read()).targets.content.targets.size).toBe(0);
    const versions = ['root', 'snapshot', 'timestamp'].map(
      async (role) => JSON.parse((await second.get(`${role}.json`)).body.toString()).signed.version,
    );
    expect(await Promise.all(versions)).toEqual([1, 1, 5]);
    await site.restart();
    expect((await second.post(await second.tagged('v1'))).status).toBe(200);
  });

  it('is deleted alone: names that begin like it stay', async () => {
    const site = await newSite();
    const [one, more] = [await newOwner(site, { gun: 'a/one' }), await newOwner(site, { gun: 'a/one-more' })];
    await one.begin();
    await more.begin();
    await site.ask(one.base, { method: 'DELETE' });
    expect((await more.get('root.json')).status).toBe(200);
  });

  it('is written by no page of another site', async () => {
    const site = await newSite();
    const owner = await newOwner(site);
    const parts = await owner.repository.first();
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const answer = await owner.post(parts, { headers });
      expect([answer.status, answer.refusal.code]).toEqual([403, 'DENIED']);
      expect((await site.ask(owner.base, { method: 'DELETE', headers })).status).toBe(403);
    }
    expect((await site.ask('/v2/', { headers: { host: 'evil.example' } })).status).toBe(421);
  });
});

describe('the changefeed', () => {
  it('tells of publishes and deletions, oldest first, of one name and of all', async () => {
    const site = await newSite();
    const [one, other] = [await newOwner(site, { gun: 'a/one' }), await newOwner(site, { gun: 'a/other' })];
    await one.begin();
    await other.begin();
    await one.post(await one.tagged('v1'));
    await site.ask(one.base, { method: 'DELETE' });
    const facts = ({ ID, GUN, Version, Category }: Change) => [ID, GUN, Version, Category];
    expect((await feed(site, '/v2/_trust/changefeed?records=0')).map(facts)).toEqual([
      ['1', 'a/one', 1, 'update'],
      ['2', 'a/other', 1, 'update'],
      ['3', 'a/one', 2, 'update'],
      ['4', 'a/one', 0, 'deletion'],
    ]);
    expect((await feed(site, '/v2/a/one/_trust/changefeed?records=-1')).map(facts)).toEqual([['3', 'a/one', 0, 'deletion']]);
    expect(await feed(site, '/v2/a/nobody/_trust/changefeed?records=5')).toEqual([]);
  });

  it.each(['', 'records=', 'records=1e3', 'records=99999999999', 'records=1&change_id=x'])('refuses %j', async (query) => {
    const { status, refusal } = await (await newSite()).ask(`/v2/_trust/changefeed?${query}`);
    expect([status, refusal.code]).toEqual([400, 'INVALID_PARAMETERS']);
  });
});
