// Every moment at which a recorded client asked for a timestamp, replayed for our reader: one that was there from the beginning and
// remembers, and a newcomer each time. Both must find what the real clients found, and nothing that happened may look like an attack.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReader, type TrustReader } from '@countersign/client';
import { notary, parseInstant, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Moment, moments, replaying } from './notary-replay.ts';

const ODD = 'we<ird>&"ta\\g/ü';
const [V1, V2, V3, V4] = ['v1 targets', 'v2 targets', 'v3 targets', 'v4 targets'];
const [STRANGE, PROTO] = [`${ODD} targets`, '__proto__ targets'];
const RELEASED = 'v1 targets/releases';

/** What a client finds that asks in this scenario, which is before it publishes anything itself; of several, the last. */
const FOUND: Readonly<Record<string, readonly string[] | string>> = {
  'discovery: timestamp of unknown GUN': 'unsigned',
  'add v1 and publish': [],
  'add v2 with --custom and publish': [V1],
  'addhash v3 (sha256+sha512) and publish': [V1, V2],
  'add target whose name needs JSON/HTML escaping, publish': [V1, V2, V3],
  'add target named __proto__, publish': [V1, V2, V3, STRANGE],
  'fresh client: list (TOFU)': [PROTO, V1, V2, V3, STRANGE],
  'warm client: lookup v1': [PROTO, V1, V2, V3, STRANGE],
  'warm client: lookup absent target': [PROTO, V1, V2, V3, STRANGE],
  'delegation add targets/releases (alice, all paths), publish': [PROTO, V1, V2, STRANGE],
  // From here on it is a repository as docker has them: releases first, then targets, and nobody else.
  'delegation add targets/team (bob+carol, paths team/,shared/), publish': [PROTO, V1, V2, STRANGE],
  'add team/x to targets/team, publish': [PROTO, RELEASED, V2, STRANGE],
  'fresh client 2: list all roles': [PROTO, RELEASED, V2, STRANGE],
  'fresh client 2: list -r targets/releases': [PROTO, RELEASED, V2, STRANGE],
  // The last key of releases was purged: what it had signed is heard no more, and nobody is in the way of targets.
  'witness targets, publish': [PROTO, V1, V2, STRANGE],
  'delegation remove whole role targets/team, publish': [PROTO, V1, V2, STRANGE],
  'witness targets/releases (was invalid after purge), publish': [PROTO, RELEASED, V2, STRANGE],
  'rotate targets key': [PROTO, RELEASED, V2, STRANGE],
  'rotate snapshot key to server': [PROTO, RELEASED, V2, STRANGE],
  'publish with nothing staged, server-managed snapshot (empty multipart body)': [PROTO, RELEASED, V2, V4, STRANGE],
  'delegate-only client publishes to targets/releases': [PROTO, RELEASED, V2, V4, STRANGE],
  'rotate timestamp key': [PROTO, RELEASED, V2, V4, 'v5 targets/releases', STRANGE],
  'rotate root key again': [PROTO, RELEASED, V2, V4, 'v5 targets/releases', STRANGE],
  'stale client (root v1 cached, now several roots behind): list': [PROTO, RELEASED, V2, V4, 'v5 targets/releases', STRANGE],
  'rotate snapshot key back to client': [PROTO, RELEASED, V2, V4, 'v5 targets/releases', STRANGE],
  // The real client listed what it had cached. Ours says that the server has it no more: see the claim below.
  'after delete: list with cached data': 'unsigned',
  'postgres: GET timestamp after stored timestamp expired (server re-signs)': [],
  'postgres: GET timestamp, snapshot expired and its key is client-held': 'unavailable',
  'postgres: GET timestamp, snapshot expired, server-held key (both re-signed)': [],
  'postgres: delegation add + remove leaves snapshot entry (3 remove)': [RELEASED],
  'auth: writer lists private GUN': [],
  'docker trust sign (tag already released)': ['1.0 targets/releases'],
  'docker trust inspect': ['1.0 targets/releases'],
};

const NOW = parseInstant('2026-11-21T12:00:00Z', 'now');
let folder: string;
let at: Moment;

async function reader(): Promise<TrustReader> {
  const home = await mkdtemp(join(folder, 'reader-'));
  return createReader({
    server: new URL('http://127.0.0.1/'),
    dialect: notary,
    authorization: undefined,
    http: replaying(() => at),
    crypto: nativeCryptography(),
    limits: STANDARD_LIMITS,
    folders: { state: join(home, 'state'), cache: join(home, 'cache'), owner: process.getuid?.() },
    now: () => NOW,
    builtAt: parseInstant('2026-01-01T00:00:00Z', 'build date'),
    random: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
    anchor: async (gun) => ({ gun, pins: [], minimum: {}, otherwise: 'unsafe-first-use', binding: 'optional' }),
  });
}

/** `NAME ROLE` of each entry, or the code of the refusal. */
async function found(one: TrustReader): Promise<readonly string[] | string> {
  try {
    const repository = await one.refresh(notary.parseGun(at.gun));
    return (await repository.list()).map(({ path, role }) => `${path} ${role}`);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-replay-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('recordings of Notary', () => {
  it('are read by ours as by the clients that were recorded, with and without memory', async () => {
    const veteran = await reader();
    const last = new Map<string, readonly string[] | string>();
    const disagreed: string[] = [];
    for (at of moments()) {
      const [fresh, remembering] = [await found(await reader()), await found(veteran)];
      last.set(at.scenario, fresh);
      if (String(fresh) !== String(remembering)) disagreed.push(`${at.n}: ${fresh} and ${remembering}`);
    }
    // A name that was seen is never unsigned.
    expect(disagreed).toEqual(['249: unsigned and missing']);
    expect(Object.fromEntries([...last].filter(([scenario]) => Object.hasOwn(FOUND, scenario)))).toEqual(FOUND);
    const refused = [...last].flatMap(([scenario, names]) => (typeof names === 'string' ? [scenario] : []));
    expect(refused).toEqual(Object.keys(FOUND).filter((scenario) => typeof FOUND[scenario] === 'string'));
    expect(last.size).toBe(53);
  });
});
