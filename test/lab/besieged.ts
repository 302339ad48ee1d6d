// A real trust server with a repository of each dialect, whose owners have a token: what is attacked, and what must stand afterwards.
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isJsonObject, keyIdOf, RELEASES, readJson, type Signer } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { type MetadataStore, memoryStore } from '@countersign/store';
import { freshKeys, type Simulator, simulate } from '@countersign/testkit';
import { expect } from 'vitest';
import { image } from '../attacks/victims/story.ts';
import { newOwner, type Owner } from '../notary/owner.ts';
import { type Answer, FORM, form, newSite, type Site } from '../notary/site.ts';
import { type CountedCryptography, countedCryptography } from './counted-crypto.ts';

const TOKEN = 'of-the-owner';
/** What the owner of both repositories shows. */
export const OWNER = { authorization: `Bearer ${TOKEN}` } as const;

const GUN = 'registry.example.com/team/app';

/** Where uploads go. */
export const BASES = { tuf: `/v2/${GUN}/_trust/metadata/`, notary: `/v2/${GUN}/_trust/tuf/` } as const;
export type DialectName = keyof typeof BASES;
export const DIALECTS: readonly DialectName[] = ['tuf', 'notary'];

export interface Besieged {
  readonly url: string;
  readonly site: Site;
  readonly counted: CountedCryptography;
  readonly repository: Simulator;
  readonly notary: Owner;
  /** Posts an upload of the owner, unless `headers` say otherwise. */
  post(dialect: DialectName, parts: Iterable<readonly [string, Uint8Array]>, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Changes whenever anything that is stored does. */
  content(): Promise<string>;
  /** Nothing was stored since `before`, everything is served, and both owners can publish. */
  expectUnharmed(before: string): Promise<void>;
}

/** Whoever made the site closes it: `closeSites`. */
export async function besieged(settings: Readonly<Record<string, unknown>> = {}, store: MetadataStore = memoryStore()): Promise<Besieged> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-besieged-'));
  const access = join(folder, 'access.json');
  const sha256 = createHash('sha256').update(TOKEN).digest('hex');
  await writeFile(access, JSON.stringify([{ sha256, name: 'owner', guns: ['**'], actions: ['pull', 'push', 'admin'] }]));
  const counted = countedCryptography();
  const site = await newSite({ access, ...settings }, store, { crypto: counted.crypto });
  await rm(folder, { recursive: true });
  const asOwner: Site = {
    ...site,
    ask: (path, question = {}) => site.ask(path, { ...question, headers: { ...OWNER, ...question.headers } }),
  };
  const repository = await simulated(asOwner);
  const notary = await newOwner(asOwner, { gun: GUN, snapshot: 'server' });
  const self: Besieged = {
    url: site.url,
    site,
    counted,
    repository,
    notary,
    post: (dialect, parts, headers = OWNER) =>
      site.ask(BASES[dialect], { method: 'POST', body: form(parts), headers: { ...FORM, ...headers } }),
    async content() {
      const hash = createHash('sha256');
      for await (const item of store.dump()) hash.update(JSON.stringify(item, (_, value) => (value instanceof Map ? [...value] : value)));
      return hash.digest('hex');
    },
    async expectUnharmed(before) {
      expect(await self.content()).toBe(before);
      const tag = `after-${before.slice(0, 8)}`;
      await repository.publish({ [tag]: image(tag).entry });
      const releases = repository.newest.get(RELEASES)?.bytes ?? new Uint8Array();
      expect((await self.post('tuf', [['releases', releases]])).status).toBe(200);
      expect((await notary.post(await notary.tagged(tag))).status).toBe(200);
      expect((await asOwner.ask(`${BASES.tuf}releases.json`)).body.toString()).toContain(tag);
      expect((await notary.read()).targets.content.targets.has(tag)).toBe(true);
    },
  };
  const first = (['root', 'targets', 'releases'] as const).map((name) => [name, newest(repository, name)] as const);
  expect((await self.post('tuf', first)).status).toBe(200);
  await notary.begin();
  return self;
}

function newest(repository: Simulator, name: string): Uint8Array {
  const found = [...repository.newest].find(([role]) => role === name)?.[1];
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found.bytes;
}

/** A repository whose root names the keys of the server. What the simulator signs in their place is never uploaded. */
async function simulated(site: Site): Promise<Simulator> {
  const keys = freshKeys();
  for (const role of ['timestamp', 'snapshot']) {
    keys.set(role, [await serverSigner(site, `${BASES.tuf}${role}.key`)]);
  }
  return await simulate({ gun: GUN, keys, now: site.clock.now });
}

async function serverSigner(site: Site, path: string): Promise<Signer> {
  const crypto = nativeCryptography();
  const object = readJson((await site.ask(path)).body, { maxDepth: 4 }).value;
  const keyval = isJsonObject(object) ? object.get('keyval') : undefined;
  const text = isJsonObject(keyval) ? String(keyval.get('public')) : '';
  const opened = crypto.openKey({ keytype: 'ed25519', scheme: 'ed25519', public: text });
  if (!isJsonObject(object) || opened.status !== 'ready') throw new Error(`no key at ${path}`);
  const key = { keyid: keyIdOf(crypto, object), fingerprint: opened.key.fingerprint, scheme: 'ed25519', object };
  return { key, sign: async () => new Uint8Array(64) };
}

/** Bytes as they are on the wire; resolves with everything that came back when the server has hung up. */
export function talk(url: string, ...pieces: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    let answer = '';
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      for (const piece of pieces) socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    });
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      answer += text;
    });
    // A server that hangs up while it is being written to.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

/** The statuses of all answers in what came back. */
export const statuses = (answer: string): readonly number[] =>
  [...answer.matchAll(/HTTP\/1\.[01] ([0-9]{3}) /g)].map(([, code]) => Number(code));

/** The stable code in an answer of either dialect. */
export const codeIn = (answer: string | Uint8Array): string | undefined => /"code":"([A-Za-z_-]+)"/.exec(answer.toString())?.[1];
