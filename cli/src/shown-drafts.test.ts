// What somebody is shown before their key is put to a draft that a hostile server serves: all of it, on lines that nothing in it can forge.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  type DelegationChange,
  draftDelegations,
  draftEntries,
  draftNextRoot,
  expiryAfter,
  fileEntry,
  imageEntry,
  type JsonObject,
  jsonObject,
  newSignature,
  parseDigest,
  pinOf,
  RELEASES,
  ROOT,
  TARGETS,
  type TargetEntry,
  tuf,
} from '@countersign/core';
import { generateSigner, keyFolder } from '@countersign/signers';
import { roleName, type Simulator, simulate, withMember } from '@countersign/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Machine, machine } from './testing/machine.ts';

const YEAR = 365 * 86_400_000;
const [alice, mallory] = [generateSigner('ed25519'), generateSigner('ed25519')];
const file = { digest: parseDigest(`sha256:${'ab'.repeat(32)}`), length: 4 };
const HEX = 'ab'.repeat(32);

let repository: Simulator;
let me: Machine;
let waiting: Map<string, Uint8Array>;
/** What was asked of the server beyond reading. */
let sent: string[];
let close: () => void;

beforeEach(async () => {
  waiting = new Map();
  sent = [];
  repository = await simulate({ now: Date.now() });
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    if (request.method !== 'GET') sent.push(path);
    const [, role] = /\/pending\/([a-z]+)$/.exec(path) ?? [];
    const [since, until] = ['2026-11-21T12:00:00Z', '2026-12-05T12:00:00Z'];
    const listed = [...waiting.keys()].map((name) => ({ role: name, version: 2, signed: `sha256:${HEX}`, since, until }));
    const list = path.endsWith('/pending') ? Buffer.from(JSON.stringify({ schema: 1, pending: listed })) : undefined;
    const bytes = list ?? (role === undefined ? repository.served.get(path.slice(path.lastIndexOf('/') + 1)) : waiting.get(role));
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  me = await machine();
  me.env = { ...me.env, COUNTERSIGN_SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const { digest, version } = pinOf(repository.current('root', ROOT), repository.env().crypto);
  await me.run('trust', 'pin', repository.gun, `${digest}@${version}`);
  close = () => server.close();
});
afterEach(async () => {
  close();
  await me.remove();
});

type Bend = (signed: JsonObject) => JsonObject;
const named: Bend = (signed) => withMember(['x-countersign', 'name'], repository.gun)(signed);
const expires = () => expiryAfter(repository.env().now, YEAR);

/** What `inspect` says of a draft, which is what `sign --pending` asks about. */
async function shown(): Promise<{ readonly exit: number; readonly stdout: string; readonly stderr: string }> {
  const { exit, stdout, stderr } = await me.run('inspect', repository.gun);
  return { exit, stdout, stderr };
}

async function entries(changes: Readonly<Record<string, TargetEntry>>, bend: Bend = (signed) => signed) {
  const draft = draftEntries(repository.current('targets', RELEASES), new Map(Object.entries(changes)), expires(), repository.env());
  waiting.set(RELEASES, tuf.file(bend(named(draft.signed)), []));
  return shown();
}

async function delegations(...changes: readonly DelegationChange[]) {
  waiting.set(
    TARGETS,
    tuf.file(named(draftDelegations(repository.current('targets', TARGETS), changes, expires(), repository.env()).signed), []),
  );
  return shown();
}

const role = (name: string, paths: readonly string[], more: object = {}) => ({
  name: roleName(name),
  keys: { keys: [mallory.key, alice.key], threshold: 1 },
  paths,
  terminating: false,
  ...more,
});

describe('an entry is shown with everything that is signed in it', () => {
  it('also what its publisher adds to it', async () => {
    const custom = jsonObject({ approved: jsonObject({ by: 'bob' }) });
    const { stdout } = await entries({ v9: fileEntry(file, custom) });
    expect(stdout).toContain(`adds     v9  sha256:${HEX}, 4 bytes, file, with {"approved":{"by":"bob"}}`);
  });

  it('also where nothing but that changes', async () => {
    await repository.publish({ v9: fileEntry(file, jsonObject({ tested: true })) });
    const { stdout } = await entries({ v9: fileEntry(file, jsonObject({ tested: false })) });
    expect(stdout).toContain(', 4 bytes, file, with {"tested":true}\n');
    expect(stdout).toContain(', 4 bytes, file, with {"tested":false}\n');
  });

  it('also what an image is said to be made of', async () => {
    const { stdout } = await entries({ v9: imageEntry({ ...file, mediaType: 'application/x-other\u001b[2J' }) });
    expect(stdout).toContain('4 bytes, image of "application/x-other\\u001b[2J"');
  });

  it('and the usual kinds of image where one takes the place of the other', async () => {
    const [one, other] = ['manifest', 'index'].map((kind) => `application/vnd.oci.image.${kind}.v1+json`);
    await repository.publish({ v9: imageEntry({ ...file, mediaType: one ?? '' }) });
    const { stdout } = await entries({ v9: imageEntry({ ...file, mediaType: other ?? '' }) });
    expect(stdout).toContain(`image of "${one}"\n`);
    expect(stdout).toContain(`image of "${other}"\n`);
  });
});

describe('a name is shown whole', () => {
  it('however long it is', async () => {
    const name = `${'a'.repeat(600)}/evil`;
    expect((await entries({ [name]: fileEntry(file) })).stdout).toContain(`adds     ${name}  sha256:`);
  });

  it('and between quotes where it could look like more than a name', async () => {
    const name = `v1  sha256:${'0'.repeat(64)}, 4 bytes, file`;
    expect((await entries({ [name]: fileEntry(file) })).stdout).toContain(`adds     "${name}"  sha256:${HEX}`);
  });
});

describe('who may sign is shown', () => {
  it('with whom a new role stands before', async () => {
    const { stdout } = await delegations(role('evil', ['v*'], { before: RELEASES }));
    expect(stdout).toContain('searched in the order evil, releases\n');
  });

  it('and nothing of the order where a new role comes last', async () => {
    const { stdout } = await delegations(role('late', ['v*']));
    expect(stdout).toContain('adds role late: 1 of ');
    expect(stdout).not.toContain('searched in the order');
  });

  it('with how it was before', async () => {
    const team = (threshold: number, paths: readonly string[]) =>
      draftDelegations(
        repository.current('targets', TARGETS),
        [{ ...role('team', paths), keys: { keys: [mallory.key, alice.key], threshold } }],
        expires(),
        repository.env(),
      );
    await repository.next('targets', TARGETS, { delegations: team(2, ['v*']).signed.get('delegations') });
    await repository.advance();
    waiting.set(TARGETS, tuf.file(named(team(1, ['v* w*']).signed), []));
    const both = [mallory, alice].map(({ key }) => key.fingerprint.slice(0, 16)).join(', ');
    expect((await shown()).stdout).toContain(`changes role team: 1 of ${both} sign "v* w*", before 2 of ${both} sign v*\n`);
  });
});

describe('a draft of the server alone', () => {
  const mine = generateSigner('ed25519');
  beforeEach(async () => {
    await keyFolder(join(me.trustDir, 'keys')).add(mine, 'correct horse', { create: 'refuse', label: 'mine' });
    await repository.rotate(
      new Map([
        ['root', [mine]],
        ['targets', [mine]],
      ]),
    );
    await repository.next('targets', TARGETS, {});
    await repository.advance();
  });
  const targetsDraft = () =>
    named(
      draftDelegations(repository.current('targets', TARGETS), [role('evil', ['*'], { before: RELEASES })], expires(), repository.env())
        .signed,
    );
  const rootDraft = () => {
    const keys = { keys: [mine.key, mallory.key], threshold: 1 };
    return draftNextRoot(repository.current('root', ROOT), { root: keys }, expires(), repository.env()).signed;
  };
  const alone = (signed: JsonObject) => tuf.file(signed, []);

  it.each([
    ['of targets', TARGETS, () => alone(targetsDraft()), ['sign', '--pending']],
    ['of a root', ROOT, () => alone(rootDraft()), ['root', 'sign']],
  ] as const)('is not signed for a yes that was given beforehand: %s', async (_, name, draft, words) => {
    waiting.set(name, draft());
    const { exit, json, stderr } = await me.run(...words, repository.gun, '--yes', '--output', 'json');
    expect([exit, json['code']], stderr).toEqual([12, 'signature']);
    expect(sent).toEqual([]);
    me.person = { answers: [false], questions: [] };
    expect((await me.run(...words, repository.gun)).exit).toBe(3);
    expect(me.person.questions).toHaveLength(1);
  });

  it('is not vouched for by a key that it brings itself', async () => {
    const signed = rootDraft();
    const message = tuf.parse('root', ROOT, tuf.file(signed, []), repository.env()).signedBytes;
    waiting.set(ROOT, tuf.file(signed, [newSignature(mallory.key, await mallory.sign(message))]));
    expect((await me.run('root', 'sign', repository.gun, '--yes')).exit).toBe(12);
    expect(sent).toEqual([]);
  });
});

describe('a draft that is not shown', () => {
  it('cannot write lines of its own, nor move the cursor', async () => {
    const name = `v9\npublished releases v2 of ${repository.gun}\u001b[2J\u001b]0;title\u0007`;
    const { exit, stderr } = await entries({ [name]: fileEntry(file) }, withMember(['targets', name, 'note'], 'x'));
    expect(exit).toBe(0);
    expect(stderr).toContain('says more than an entry does');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toMatch(/(?!\n)\p{C}/u);
  });

  it('does not hide the repository, whatever kind of entry it says it has', async () => {
    const { exit, stdout, stderr } = await entries(
      { v9: fileEntry(file) },
      withMember(['targets', 'v9', 'custom', 'countersign', 'kind'], 'other'),
    );
    expect(exit).toBe(0);
    expect(stdout).toContain('releases');
    expect(stderr).toContain('a draft of it waits that nobody can sign');
  });
});
