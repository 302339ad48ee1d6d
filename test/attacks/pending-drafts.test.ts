// A signature under something unseen: a server, or whoever may push to it, shows a signer a draft that says more than it seems to, in the
// hope that a key is put to it. Every draft here is served by an attacker who has no key; nothing of them becomes a proposal to sign.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type TrustClient } from '@countersign/client';
import {
  draftDelegations,
  draftEntries,
  draftNextRoot,
  expiryAfter,
  fileEntry,
  type Instant,
  type JsonObject,
  jsonObject,
  parseDigest,
  parseInstant,
  RELEASES,
  ROOT,
  type RoleName,
  TARGETS,
  tuf,
} from '@countersign/core';
import { createHttp } from '@countersign/http';
import { generateSigner } from '@countersign/signers';
import { changedMember, roleName, type Simulator, simulate, withMember, withoutMember } from '@countersign/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const YEAR = 365 * 86_400_000;
const [alice, mallory] = [generateSigner('ed25519'), generateSigner('ed25519')];
const entry = fileEntry({ digest: parseDigest(`sha256:${'ab'.repeat(32)}`), length: 4 });

let repository: Simulator;
let server: Server;
let home: string;
let client: TrustClient;
let close: () => void;
/** What the server says waits: role to bytes. */
let waiting: Map<string, Uint8Array>;

beforeAll(async () => {
  repository = await simulate();
  server = createServer((request, response) => {
    const path = request.url ?? '';
    const [, role] = /\/pending\/([a-z]+)$/.exec(path) ?? [];
    const listed = [...waiting.keys()].map((name) => ({
      role: name,
      version: 2,
      signed: `sha256:${'0'.repeat(64)}`,
      since: '2026-11-21T12:00:00Z',
      until: '2026-12-05T12:00:00Z',
    }));
    const bytes = path.endsWith('/pending')
      ? Buffer.from(JSON.stringify({ schema: 1, pending: listed }))
      : role === undefined
        ? repository.served.get(path.slice(path.lastIndexOf('/') + 1))
        : waiting.get(role);
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  home = await mkdtemp(join(tmpdir(), 'countersign-pending-'));
  const http = createHttp({
    plainHttp: 'loopback-only',
    timeouts: { connectMs: 2_000, idleMs: 5_000, totalMs: 20_000 },
    userAgent: 'signer',
  });
  client = createClient({
    server: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    authorization: undefined,
    http,
    crypto: repository.env().crypto,
    limits: repository.env().limits,
    folders: { state: join(home, 'state'), cache: join(home, 'cache'), owner: process.getuid?.() },
    now: () => repository.now as Instant,
    builtAt: parseInstant('2026-01-01T00:00:00Z', 'built'),
    random: (length) => new Uint8Array(randomBytes(length)),
    lifetimes: { root: YEAR, targets: YEAR },
    anchor: async () => repository.anchor(),
  });
  close = () => http.close();
});
beforeEach(() => {
  waiting = new Map();
});
afterAll(async () => {
  client.close();
  close();
  server.close();
  await rm(home, { recursive: true, force: true });
});

type Bend = (signed: JsonObject) => JsonObject;
const asIs: Bend = (signed) => signed;
const expires = (): Instant => expiryAfter(repository.env().now, YEAR);

/** An honest edit, bent before anybody signs. */
const rootDraft = (bend: Bend = asIs): Uint8Array => {
  const { key } = alice;
  const standing = repository.current('root', ROOT);
  const held = repository.signersOf('root').map((signer) => signer.key);
  const draft = draftNextRoot(standing, { root: { keys: [...held, key], threshold: 1 } }, expires(), repository.env());
  return tuf.file(bend(draft.signed), []);
};
const named = (signed: JsonObject): JsonObject => withMember(['x-countersign', 'name'], repository.gun)(signed);
const releasesDraft = (bend: Bend = asIs): Uint8Array => {
  const draft = draftEntries(repository.current('targets', RELEASES), new Map([['v9', entry]]), expires(), repository.env());
  return tuf.file(bend(named(draft.signed)), []);
};
const targetsDraft = (bend: Bend = asIs): Uint8Array => {
  const team = { name: roleName('team'), keys: { keys: [alice.key], threshold: 1 }, paths: ['team-*'], terminating: false };
  const draft = draftDelegations(repository.current('targets', TARGETS), [team], expires(), repository.env());
  return tuf.file(bend(named(draft.signed)), []);
};

async function seen(role: RoleName, bytes: Uint8Array): Promise<unknown> {
  waiting.set(role, bytes);
  const [only] = await client.proposals(repository.gun);
  if (only === undefined) return 'nothing';
  return 'problem' in only ? only.problem.code : only.difference;
}

const stranger = mallory.key;

describe('an honest draft', () => {
  it('of a root is shown', async () => {
    expect(await seen(ROOT, rootDraft())).toMatchObject({ kind: 'root', roles: [{ role: 'root', added: [alice.key.fingerprint] }] });
  });

  it('of entries is shown', async () => {
    expect(await seen(RELEASES, releasesDraft())).toMatchObject({ entries: [{ path: 'v9', before: undefined }], delegations: [] });
  });

  it('of a delegation is shown', async () => {
    expect(await seen(TARGETS, targetsDraft())).toMatchObject({
      delegations: [
        { role: 'team', before: undefined, after: { keys: [alice.key.fingerprint], role: { scope: { patterns: ['team-*'] } } } },
      ],
    });
  });

  it('shows a key that was slipped in, wherever it was', async () => {
    const bytes = tuf.file(
      draftNextRoot(
        repository.current('root', ROOT),
        { targets: { keys: [stranger], threshold: 1 }, root: { keys: [alice.key], threshold: 1 } },
        expires(),
        repository.env(),
      ).signed,
      [],
    );
    const roles = [
      { role: 'root', added: [alice.key.fingerprint] },
      { role: 'targets', added: [stranger.fingerprint] },
    ];
    expect(await seen(ROOT, bytes)).toMatchObject({ roles });
  });
});

describe('nothing is signed of a root draft', () => {
  it.each<readonly [string, Bend, string]>([
    ['of another repository', withMember(['x-countersign', 'repository'], 'f'.repeat(32)), 'wrong-repository'],
    ['that is bound to none', withoutMember(['x-countersign']), 'wrong-repository'],
    ['for other names', withMember(['x-countersign', 'names'], ['registry.example.com/evil/app']), 'wrong-repository'],
    [
      'with one name more',
      changedMember(['x-countersign', 'names'], (names) => [...(names as string[]), 'registry.example.com/evil/app']),
      'strange-draft',
    ],
    ['that skips a version', withMember(['version'], 3), 'overtaken'],
    ['of the version that stands', withMember(['version'], 1), 'overtaken'],
    ['of a version at the end of all', withMember(['version'], Number.MAX_SAFE_INTEGER), 'overtaken'],
    ['that has expired', withMember(['expires'], '2020-01-01T00:00:00Z'), 'expired'],
    ['with a member that nobody shows', withMember(['x-extra'], jsonObject({ note: 'hello' })), 'strange-draft'],
    ['with a role that nobody shows', withMember(['roles', 'mirrors'], jsonObject({ keyids: [], threshold: 1 })), 'strange-draft'],
    ['with a key that no role lists', withMember(['keys', stranger.keyid], stranger.object), 'strange-draft'],
    ['with a note in a key', withMember(['keys', alice.key.keyid, 'note'], 'x'), 'strange-draft'],
    ['with a key under the name of another', withMember(['keys', alice.key.keyid], stranger.object), 'strange-draft'],
    ['with a threshold that nobody can meet', withMember(['roles', 'root', 'threshold'], 3), 'strange-draft'],
    ['without consistent snapshots', withMember(['consistent_snapshot'], false), 'strange-draft'],
    ['of another kind', withMember(['_type'], 'targets'), 'malformed'],
  ])('%s', async (_, bend, code) => {
    expect(await seen(ROOT, rootDraft(bend))).toBe(code);
  });

  it('that is huge', async () => {
    waiting.set(ROOT, Buffer.alloc(600_000, ' '));
    await expect(client.proposals(repository.gun)).rejects.toMatchObject({ code: 'too-large' });
  });

  it('in the place of a role that the server signs', async () => {
    waiting.set('timestamp', repository.newest.get(roleName('timestamp'))?.bytes ?? new Uint8Array());
    expect(await client.proposals(repository.gun)).toMatchObject([{ role: 'timestamp', problem: { code: 'malformed' } }]);
  });
});

describe('nothing is signed of a draft of entries', () => {
  it.each<readonly [string, Bend, string]>([
    ['of another repository', withMember(['x-countersign', 'repository'], 'f'.repeat(32)), 'wrong-repository'],
    ['for another name of the repository', withMember(['x-countersign', 'name'], 'registry.example.com/evil/app'), 'wrong-repository'],
    ['for no name', withoutMember(['x-countersign', 'name']), 'wrong-repository'],
    ['that was made for another role', withMember(['x-countersign', 'role'], 'targets'), 'strange-draft'],
    ['that says no role', withoutMember(['x-countersign', 'role']), 'strange-draft'],
    ['that skips a version', withMember(['version'], 9), 'overtaken'],
    ['with a member that nobody shows', withMember(['x-extra'], 1), 'strange-draft'],
    ['with a member beside the name', withMember(['x-countersign', 'more'], 1), 'strange-draft'],
    ['with an entry that says more', withMember(['targets', 'v9', 'note'], 'x'), 'strange-draft'],
  ])('%s', async (_, bend, code) => {
    expect(await seen(RELEASES, releasesDraft(bend))).toBe(code);
  });
});

describe('nothing is signed of a draft of delegations', () => {
  it.each<readonly [string, Bend, string]>([
    ['with a key that no role lists', withMember(['delegations', 'keys', stranger.keyid], stranger.object), 'strange-draft'],
    ['with a key under the name of another', withMember(['delegations', 'keys', alice.key.keyid], stranger.object), 'strange-draft'],
    ['with a role that says more', withMember(['delegations', 'roles', 1, 'note'], 'x'), 'strange-draft'],
    ['with delegations that say more', withMember(['delegations', 'note'], 'x'), 'strange-draft'],
    ['with a threshold that nobody can meet', withMember(['delegations', 'roles', 1, 'threshold'], 2), 'strange-draft'],
    [
      'with a role twice',
      changedMember(['delegations', 'roles'], (roles) => [...(roles as JsonObject[]), (roles as JsonObject[])[1] ?? null]),
      'malformed',
    ],
  ])('%s', async (_, bend, code) => {
    expect(await seen(TARGETS, targetsDraft(bend))).toBe(code);
  });

  it('and an extra delegation is shown, also when it stands first', async () => {
    const evil = jsonObject({ name: 'evil', keyids: [stranger.keyid], threshold: 1, terminating: true, paths: ['*'] });
    const bend: Bend = (signed) =>
      changedMember(['delegations', 'roles'], (roles) => [evil, ...(roles as JsonObject[])])(
        withMember(['delegations', 'keys', stranger.keyid], stranger.object)(signed),
      );
    expect(await seen(TARGETS, targetsDraft(bend))).toMatchObject({
      delegations: [{ role: 'evil', after: { keys: [stranger.fingerprint] } }, { role: 'team' }],
      order: ['evil', RELEASES, 'team'],
    });
  });

  it('and a name for a key is shown', async () => {
    const bend = withMember(['x-countersign', 'signers'], jsonObject({ [stranger.fingerprint]: 'alice' }));
    const names = [{ key: stranger.fingerprint, before: undefined, after: 'alice' }];
    expect(await seen(TARGETS, targetsDraft(bend))).toMatchObject({ names });
  });

  it('and other order of those that stay is shown: it decides who is found', async () => {
    const { signed } = tuf.parse('targets', TARGETS, targetsDraft(), repository.env());
    await repository.next('targets', TARGETS, { delegations: signed.get('delegations') });
    await repository.advance();
    const bend: Bend = changedMember(['delegations', 'roles'], (roles) => [...(roles as JsonObject[])].reverse());
    expect(await seen(TARGETS, targetsDraft(bend))).toMatchObject({ delegations: [], reordered: true });
  });
});
