// What a server signs anew when somebody reads, and what it must not sign.
import { ROOT, type RoleName, SNAPSHOT, TARGETS, TIMESTAMP } from '@countersign/core';
import { draftRecord, memoryStore } from '@countersign/store';
import { NotaryRepository } from '@countersign/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { newOwner, type Owner } from './owner.ts';
import { closeSites, DAY, FORM, form, NOON, newSite, type Site } from './site.ts';

afterEach(closeSites);

const versionOf = async (owner: Owner, role: string): Promise<number> =>
  JSON.parse((await owner.get(`${role}.json`)).body.toString()).signed.version;

function forward(site: Site, days: number): void {
  site.clock.now = (site.clock.now + days * DAY) as Site['clock']['now'];
}

async function begun(snapshot: 'server' | 'publisher') {
  const site = await newSite();
  const owner = await newOwner(site, { snapshot });
  await owner.begin();
  return { site, owner };
}

describe('a timestamp', () => {
  it('is signed anew from half of its life on, once for all who ask', async () => {
    const { site, owner } = await begun('publisher');
    forward(site, 1.4);
    expect(await versionOf(owner, 'timestamp')).toBe(1);
    forward(site, 0.2);
    const answers = await Promise.all(Array.from({ length: 8 }, () => owner.get('timestamp.json')));
    expect(new Set(answers.map(({ body }) => body.toString())).size).toBe(1);
    expect(answers[0]?.headers['last-modified']).toBe(new Date(site.clock.now).toUTCString());
    expect(await versionOf(owner, 'timestamp')).toBe(2);
    expect((await owner.read()).targets.content.version).toBe(1);
  });

  it('is signed anew over a snapshot that its publisher let expire: clients see that themselves', async () => {
    const { site, owner } = await begun('publisher');
    forward(site, 366);
    expect(await versionOf(owner, 'timestamp')).toBe(2);
    await expect(owner.read()).rejects.toMatchObject({ code: 'expired' });
  });

  it('is believed by a client years later, and so is a snapshot of the server', async () => {
    const { site, owner } = await begun('server');
    forward(site, 360);
    expect((await owner.read()).targets.content.version).toBe(1);
    expect([await versionOf(owner, 'timestamp'), await versionOf(owner, 'snapshot')]).toEqual([2, 1]);
    forward(site, 200);
    expect([await versionOf(owner, 'timestamp'), await versionOf(owner, 'snapshot')]).toEqual([3, 2]);
  });
});

describe('of a repository that was imported', () => {
  /** As an import stores it: files of another server, signed by keys that are not here. */
  async function imported() {
    const store = memoryStore();
    const elsewhere = await NotaryRepository.create({ now: NOON });
    await elsewhere.post(await elsewhere.first());
    const repository = { gun: elsewhere.gun, dialect: 'notary' } as const;
    const files = [...elsewhere.files].map(([role, { version, bytes, digest }]) => ({ role, version, bytes, digest }));
    const record = draftRecord(undefined, { repository, kind: 'import', time: NOON, files, signers: [] });
    const site = await newSite({}, store);
    await store.commit(repository, 'new', { files, record, claims: [] });
    return { site, elsewhere, base: `/v2/${elsewhere.gun}/_trust/tuf/` };
  }

  it('nothing is signed with a key that its root does not name, and what stands is served, also when it has expired', async () => {
    const { site, elsewhere, base } = await imported();
    for (const days of [0, 10, 1000]) {
      forward(site, days);
      for (const role of [TIMESTAMP, SNAPSHOT, TARGETS, ROOT]) {
        const { status, body } = await site.ask(`${base}${role}.json`);
        expect([status, body.equals(elsewhere.stored(role))]).toEqual([200, true]);
      }
    }
  });

  it('the server starts again, and does not mistake its keys for others', async () => {
    const { site, base } = await imported();
    await site.restart();
    expect((await site.ask(`${base}root.json`)).status).toBe(200);
  });

  it('an upload that does not name this server’s timestamp key is refused', async () => {
    const { site, elsewhere, base } = await imported();
    const parts = new Map<RoleName, Uint8Array>([[TARGETS, await elsewhere.targets('targets')]]);
    const answer = await site.ask(base, { method: 'POST', headers: FORM, body: form(parts) });
    expect([answer.status, answer.refusal.detail]).toEqual([
      400,
      { Name: 'ErrBadRoot', Error: { Msg: 'no  timestamp keys exist on the server' } },
    ]);
    expect((await site.ask(`${base}targets.json`)).body.equals(elsewhere.stored(TARGETS))).toBe(true);
  });
});
