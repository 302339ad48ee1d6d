// A trust server is taken over: the thief has its certificate, its client for the signing service and its whole store, and asks for what each
// attack needs, while the honest server goes on beside it. Every wish is refused, and leaves a line that names the caller; nobody else notices.
import { RELEASES, ROOT, type RoleName, SNAPSHOT, TARGETS, TIMESTAMP, tuf } from '@countersign/core';
import { generateSigner, type RemoteSigning, remoteSigning } from '@countersign/signers';
import type { RepositoryRef } from '@countersign/store';
import { losingRole, pemKey, type Simulator, withMember } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Owner, SignedElsewhere } from '../lab/signed-elsewhere.ts';
import { payloadOf, serverAuthority, TRUST_SERVER } from '../lab/stolen-server.ts';

const attacker = generateSigner('ed25519');

let site: SignedElsewhere;
let owner: Owner;
let url = '';
let thief: RemoteSigning;
/** The repository as it stood after each publish, newest last. */
const states: Simulator[] = [];

beforeAll(async () => {
  site = await SignedElsewhere.begin();
  ({ url } = await site.server());
  owner = await Owner.of(url, site.signer.now);
  await published();
  for (const tag of ['v1', 'v2']) {
    await owner.tag(tag);
    await published();
  }
  thief = remoteSigning({
    url: site.way.url,
    certificate: TRUST_SERVER.pem,
    key: pemKey(TRUST_SERVER),
    authorities: serverAuthority.pem,
    timeout: 10_000,
    longestUpload: 1_000_000,
  });
});
afterAll(async () => {
  thief.close();
  await site.end();
});

const repository = (): RepositoryRef => ({ gun: owner.repository.gun, dialect: 'tuf' });

/** The honest server publishes what its owner signed; its store shows what the service signed for it. */
async function published(): Promise<void> {
  expect(await owner.post(url)).toMatchObject({ status: 200 });
  const head = await site.store.head(repository());
  for (const role of [SNAPSHOT, TIMESTAMP]) {
    const file = head?.files.get(role);
    const bytes = file && (await site.store.file(repository(), { role, version: file.version }));
    if (file === undefined || bytes === undefined) throw new Error(`the store has no ${role}`);
    owner.repository.newest.set(role, { name: role, version: file.version, digest: file.digest, bytes });
  }
  const { binding } = tuf.parse(
    'timestamp',
    TIMESTAMP,
    owner.repository.newest.get(TIMESTAMP)?.bytes ?? new Uint8Array(),
    owner.repository.env(),
  ).content;
  owner.repository.record = binding?.record;
  states.push(owner.repository.fork());
}

const newest = (): Simulator => state(-1);

function state(at: number): Simulator {
  const found = states.at(at);
  if (found === undefined) throw new Error('nothing was published');
  return found.fork();
}

interface Wish {
  readonly role: 'snapshot' | 'timestamp';
  readonly bent: Simulator;
  readonly bend?: Parameters<Simulator['seal']>[1];
  /** Roles that are shown as a publisher's. */
  readonly upload?: readonly RoleName[];
}

async function refused({ role, bent, bend = {}, upload = [] }: Wish, refusal: string): Promise<void> {
  const by = await thief.key({ ...repository(), role });
  const sealed = await bent[role]({ ...bend, signers: [{ key: by.key, sign: async () => new Uint8Array(64) }] });
  const shown = (from: Simulator, roles: readonly RoleName[]) =>
    new Map(roles.map((name) => [name, from.newest.get(name)?.bytes ?? new Uint8Array()]));
  const before = site.signer.lines.length;
  const asked = thief.sign({
    ...repository(),
    role,
    by,
    payload: payloadOf(role, sealed, bent),
    upload: shown(bent, upload),
    standing: shown(newest(), [ROOT, TARGETS, RELEASES, SNAPSHOT]),
    note: 'anything',
  });
  await expect(asked).rejects.toThrowError(
    expect.objectContaining({ code: 'signer-refused', details: expect.objectContaining({ refusal }) }),
  );
  const line = site.signer.lines.slice(before).find(({ msg }) => msg === 'refused');
  expect(line).toMatchObject({ caller: 'CN=trust-1', gun: owner.repository.gun, role, code: refusal });
}

describe('S3: content that no publisher signed', () => {
  it('in a delegated role', async () => {
    const bent = newest();
    await bent.next('targets', RELEASES, { targets: new Map() }, { signers: [attacker] });
    await refused({ role: 'snapshot', bent, upload: [RELEASES] }, 'unaccepted-upload');
  });

  it('under a root of its own', async () => {
    const bent = newest();
    await bent.rotate(new Map([['targets', [attacker]]]), { signers: [attacker] });
    await refused({ role: 'snapshot', bent, upload: [ROOT] }, 'unaccepted-upload');
  });

  it('in a snapshot for which nothing is shown', async () => {
    const bent = newest();
    await bent.next('targets', RELEASES, {}, { signers: [attacker] });
    await refused({ role: 'snapshot', bent }, 'not-derived');
  });
});

describe('S6: the numbers of an old backup', () => {
  it('for a snapshot, and for other content under the newest', async () => {
    await refused({ role: 'snapshot', bent: state(-3) }, 'rollback');
    await refused({ role: 'snapshot', bent: state(-2) }, 'equivocation');
  });

  it('for a timestamp', async () => {
    await refused({ role: 'timestamp', bent: state(-3), bend: { bend: withMember(['version'], 1) } }, 'rollback');
  });
});

describe('row 4, fast-forward: a number near the end', () => {
  it.each(['snapshot', 'timestamp'] as const)('of a %s', async (role) => {
    await refused({ role, bent: newest(), bend: { bend: withMember(['version'], 2 ** 31 - 1) } }, 'wrong-version');
  });
});

describe('row 7, mix-and-match: files that never stood together', () => {
  it('a snapshot with a role of an older publish', async () => {
    const bent = newest();
    bent.newest.set(RELEASES, state(-2).newest.get(RELEASES) as never);
    await refused({ role: 'snapshot', bent, upload: [RELEASES] }, 'unaccepted-upload');
  });

  it('one of two roles that came together', async () => {
    const bent = newest();
    await bent.next('targets', TARGETS, {});
    await bent.next('targets', RELEASES, {});
    const bend = { bend: withMember(['meta', 'targets.json', 'version'], 1) };
    await refused({ role: 'snapshot', bent, bend, upload: [TARGETS, RELEASES] }, 'not-derived');
  });
});

describe('row 8, rollback', () => {
  it('to an old snapshot, called current again', async () => {
    const bent = newest();
    bent.newest.set(SNAPSHOT, state(-2).newest.get(SNAPSHOT) as never);
    await refused({ role: 'timestamp', bent }, 'unknown-snapshot');
  });

  it('by a role that goes missing', async () => {
    await refused({ role: 'snapshot', bent: newest(), bend: { bend: losingRole('releases') } }, 'not-derived');
  });
});

describe('what the service keeps for a server that lost it', () => {
  it('is what publishers uploaded, and gives no second content for its version', async () => {
    expect(await thief.unstored(repository(), newest().newest.get(SNAPSHOT)?.digest)).toBeUndefined();
    const lost = await thief.unstored(repository(), state(-2).newest.get(SNAPSHOT)?.digest);
    expect([...(lost?.upload.keys() ?? [])]).toEqual([RELEASES]);
    const bent = state(-2);
    await bent.next('targets', RELEASES, { targets: new Map() });
    await refused({ role: 'snapshot', bent, upload: [RELEASES] }, 'equivocation');
  });
});

it('the honest server publishes on, and its next snapshot follows from what it signed before', async () => {
  const { version } = await owner.served(url, 'timestamp.json');
  await owner.tag('v3');
  await published();
  expect((await owner.served(url, 'timestamp.json')).version).toBe(version + 1);
});
