// Repositories of Notary v1 whose server keys are in a signing service: with a snapshot that the server signs, and with one that publishers
// sign themselves, so that the service sees their files with the timestamp alone.
import { randomBytes } from 'node:crypto';
import { type JsonObject, jsonObject, notary, type PublicKey, type RoleName, readJson, TARGETS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { memoryStore } from '@countersign/store';
import { NotaryRepository } from '@countersign/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SignedElsewhere } from '../lab/signed-elsewhere.ts';
import { ADMINISTRATOR, ask } from '../lab/stolen-server.ts';

const DAY = 86_400_000;
const crypto = nativeCryptography();

let site: SignedElsewhere;
beforeAll(async () => {
  site = await SignedElsewhere.begin();
});
afterEach(() => site.anew());
afterAll(() => site.end());

describe.each(['server', 'publisher'] as const)('a repository whose snapshot the %s signs', (holder) => {
  let url = '';
  let base = '';
  let repository: NotaryRepository;
  beforeEach(async () => {
    ({ url } = await site.server());
    repository = await NotaryRepository.create({
      gun: `registry.example.com/${holder}/app-${randomBytes(4).toString('hex')}`,
      now: site.signer.now,
      snapshot: holder,
    });
    base = `${url}/v2/${repository.gun}/_trust/tuf/`;
    for (const role of holder === 'server' ? ['timestamp', 'snapshot'] : ['timestamp'])
      repository.signers.set(role, [{ key: await serverKey(role), sign: async () => new Uint8Array(64) }]);
    const first = await repository.first();
    expect(await post(first)).toBe(200);
    await repository.post(first);
  });

  async function serverKey(role: string): Promise<PublicKey> {
    const { value } = readJson(new Uint8Array(await (await fetch(`${base}${role}.key`)).arrayBuffer()), { maxDepth: 4 });
    const text = ((value as JsonObject).get('keyval') as JsonObject).get('public');
    const key = notary.readKey(jsonObject({ keytype: 'ed25519', keyval: jsonObject({ public: String(text), private: null }) }), crypto);
    const opened = crypto.openKey(key);
    if (opened.status !== 'ready') throw new Error(`no key: ${String(text)}`);
    return { ...notary.spellKey(key, crypto), fingerprint: opened.key.fingerprint, scheme: key.scheme };
  }

  async function post(parts: ReadonlyMap<RoleName, Uint8Array>): Promise<number> {
    const form = new FormData();
    for (const [role, bytes] of parts) form.append('files', new Blob([Buffer.from(bytes)]), role);
    return (await fetch(base, { method: 'POST', body: form })).status;
  }

  const version = async (file: string): Promise<number> => {
    const { signed } = (await (await fetch(`${base}${file}`)).json()) as { readonly signed: { readonly version: number } };
    return signed.version;
  };

  /** The next targets, and the snapshot over them where publishers sign it. */
  async function next(): Promise<Map<RoleName, Uint8Array>> {
    const parts = new Map([[TARGETS, await repository.targets(TARGETS)]]);
    if (holder === 'publisher') parts.set('snapshot' as RoleName, await repository.snapshot(parts));
    return parts;
  }

  it('is published to, and its timestamp signed anew', async () => {
    expect(await post(await next())).toBe(200);
    expect(await version('timestamp.json')).toBe(2);
    site.signer.now += 2 * DAY;
    expect(await version('timestamp.json')).toBe(3);
  });

  it('begins anew in a store that lost everything, once an administrator released it', async () => {
    expect(await post(await next())).toBe(200);
    const { url: empty } = await site.server({}, memoryStore());
    base = base.replace(url, empty);
    const { gun, signers } = repository;
    repository = await NotaryRepository.create({ gun, now: site.signer.now, snapshot: holder });
    for (const role of ['timestamp', ...(holder === 'server' ? ['snapshot'] : [])]) repository.signers.set(role, signers.get(role) ?? []);
    const first = await repository.first();
    expect(await post(first)).not.toBe(200);
    await ask(site.signer.url, '/v1/repositories/release', { gun, dialect: 'notary' }, ADMINISTRATOR);
    expect(await post(first)).toBe(200);
    expect([await version('snapshot.json'), await version('timestamp.json')]).toEqual([1, 3]);
  });

  it.each(holder === 'server' ? [0, 1] : [0])('is finished when answer %i was lost', async (arrived) => {
    const parts = await next();
    const lost = site.way.loseAfter(arrived);
    expect(await post(parts)).toBe(503);
    await lost;
    site.way.mend();
    const { url: other } = await site.server();
    base = base.replace(url, other);
    expect(await post(parts)).toBe(200);
    expect(await version('timestamp.json')).toBe(2);
    await repository.post(parts);
    expect(await post(await next())).toBe(200);
    expect(await version('timestamp.json')).toBe(3);
  });
});
