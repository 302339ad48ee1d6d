// A repository that an old server kept, brought here over HTTP: raw, whole, once.
import { createHash } from 'node:crypto';
import { type OldRepository, oldRepository } from '@countersign/testkit';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ask, multipart, multipartType } from './testing/ask.ts';
import { closeLaboratories, DAY, type Laboratory, laboratory, NOON } from './testing/laboratory.ts';

afterEach(closeLaboratories);

const GUN = 'registry.example.com/team/app';
const TRUST = 'unsafe-trust-first-root=true';
let app: OldRepository;
beforeAll(async () => {
  app = await oldRepository({ gun: GUN, now: NOON });
  await app.publish({ entry: 'v1', delegate: 'targets/releases' });
  await app.publish({ releases: [['targets/releases', 'one']], entry: 'v2' });
  await app.publish({ rotate: 'root', delegate: 'targets/old' });
  await app.publish({ undelegate: 'targets/old' });
  await app.publish({ releases: [['targets/releases', 'two']] });
});

const address = (lab: Laboratory): string => `${lab.url}/_countersign/v1/repositories/${GUN}/import`;
const post = (lab: Laboratory, files: Iterable<readonly [string, Uint8Array]>, query: string, headers = {}): Promise<Answer> =>
  ask(`${address(lab)}?${query}`, { method: 'POST', headers: { 'content-type': multipartType, ...headers }, body: multipart([...files]) });
const get = (lab: Laboratory, name: string): Promise<Answer> => ask(`${lab.url}/v2/${GUN}/_trust/tuf/${name}`);
const json = (answer: Answer) => JSON.parse(answer.body.toString());
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function servesAll(lab: Laboratory): Promise<void> {
  for (const [name, bytes] of app.files) {
    const role = name.replace(/^[0-9]+\.(.*)\.json$/, '$1');
    const hashed = await get(lab, `${role}.${sha256(bytes)}.json`);
    expect([hashed.status, hashed.body.equals(bytes)], name).toEqual([200, true]);
    // A role that nobody delegates to any more may begin anew, and is found by the hash that readers were given.
    if (role !== 'targets/old') expect((await get(lab, name)).body.equals(bytes), name).toBe(true);
  }
  for (const role of ['root', 'timestamp', 'snapshot', 'targets', 'targets/releases'])
    expect((await get(lab, `${role}.json`)).body.equals(app.newest(role)), role).toBe(true);
  expect((await get(lab, 'targets/old.json')).status).toBe(404);
}

describe.each(['memory', 'level'] as const)('an import into a store in %s', (kind) => {
  it('serves every version as it was, from the first root on, under a record that says so', async () => {
    const lab = await laboratory(kind);
    const answer = await post(lab, app.files, TRUST);
    expect([answer.status, json(answer)]).toMatchObject([
      200,
      { schema: 1, standing: 'served', added: app.files.size, repeated: 0, leftOut: [] },
    ]);
    await servesAll(lab);
    const feed = json(await ask(`${lab.url}/v2/${GUN}/_trust/changefeed?records=10`));
    expect(feed.records).toHaveLength(1);
  });

  it('takes nothing twice, and goes on where it was stopped, serving nothing by halves', async () => {
    const lab = await laboratory(kind);
    const older = [...app.files].filter(([name]) => /root|^[1-3]\./.test(name));
    expect(json(await post(lab, older, `${TRUST}&part=more`))).toMatchObject({ standing: 'begun', added: older.length });
    expect((await get(lab, 'timestamp.json')).status).toBe(404);
    expect(json(await ask(address(lab)))).toMatchObject({ standing: 'begun' });
    if (kind === 'level') await lab.restart();
    expect(json(await post(lab, older, `${TRUST}&part=more`))).toMatchObject({ standing: 'begun', added: 0, repeated: older.length });
    const rest = [...app.files].filter(([name]) => !/root|^[1-3]\./.test(name));
    expect(json(await post(lab, rest, TRUST))).toMatchObject({ standing: 'served', added: rest.length });
    await servesAll(lab);
    const before = json(await ask(address(lab)));
    expect(json(await post(lab, app.files, TRUST))).toMatchObject({ standing: 'served', added: 0, repeated: app.files.size });
    expect(json(await ask(address(lab)))).toEqual(before);
  });
});

describe('an imported repository', () => {
  it('is served as it stands until its owner publishes a root with the keys of this server', async () => {
    const lab = await laboratory('memory');
    await post(lab, app.files, TRUST);
    lab.forward(13 * DAY);
    expect((await get(lab, 'timestamp.json')).body.equals(app.newest('timestamp'))).toBe(true);
    const alone = await app.publish({ entry: 'v9' });
    const upload = (parts: ReadonlyMap<string, Uint8Array>) =>
      ask(`${lab.url}/v2/${GUN}/_trust/tuf/`, { method: 'POST', headers: { 'content-type': multipartType }, body: multipart([...parts]) });
    const refused = await upload(alone);
    expect([refused.status, refused.body.toString()]).toEqual([400, expect.stringContaining('no  timestamp keys exist on the server')]);
  });

  it('may be continued by what the old server published since, and not by another story', async () => {
    const lab = await laboratory('memory');
    const moving = await oldRepository({ gun: GUN, now: NOON });
    await moving.publish({ entry: 'v1' });
    await post(lab, moving.files, TRUST);
    await moving.publish({ entry: 'v2' });
    const added = [...moving.files].filter(([name]) => !/root|^1\.timestamp|^2\.(targets|snapshot)/.test(name));
    expect(json(await post(lab, added, TRUST))).toMatchObject({ standing: 'served', added: 3 });
    expect((await get(lab, 'timestamp.json')).body.equals(moving.newest('timestamp'))).toBe(true);
    const other = await post(lab, app.files, TRUST);
    expect([other.status, json(other).code]).toEqual([409, 'foreign-metadata']);
  });
});

describe.each(['memory', 'level'] as const)('a name that was deleted, in %s', (kind) => {
  const remove = (lab: Laboratory): Promise<Answer> => ask(`${lab.url}/v2/${GUN}/_trust/tuf/`, { method: 'DELETE' });

  it('may be imported again, and is not served in parts', async () => {
    const lab = await laboratory(kind);
    await post(lab, app.files, TRUST);
    expect((await remove(lab)).status).toBe(200);
    expect((await get(lab, 'root.json')).status).toBe(404);
    expect(json(await ask(address(lab)))).toMatchObject({ standing: 'deleted' });
    const refused = await post(lab, app.files, `${TRUST}&part=more`);
    expect([refused.status, json(refused).code]).toEqual([400, 'refused-upload']);
    expect(json(await post(lab, app.files, TRUST))).toMatchObject({ standing: 'served', added: app.files.size });
    await servesAll(lab);
    if (kind === 'level') await lab.restart();
    await servesAll(lab);
  });

  it('is gone on with where an import of it was begun, though a client deleted what it could not see', async () => {
    const lab = await laboratory(kind);
    await post(
      lab,
      [...app.files].filter(([name]) => /root|^[1-3]\./.test(name)),
      `${TRUST}&part=more`,
    );
    await remove(lab);
    expect(json(await post(lab, app.files, TRUST))).toMatchObject({ standing: 'served' });
    await servesAll(lab);
  });
});

describe('an import is refused', () => {
  it('without a pin and without the word of trust, and with a pin that another root has', async () => {
    const lab = await laboratory('memory');
    for (const query of ['', 'unsafe-trust-first-root=1', `pin=a&pin=b`, `${TRUST}&part=some`]) {
      expect((await post(lab, app.files, query)).status, query).toBe(400);
    }
    const other = await post(lab, app.files, `pin=sha256:${'ab'.repeat(32)}@1`);
    expect([other.status, json(other).code]).toEqual([422, 'untrusted-root']);
    expect(json(await ask(address(lab)))).toMatchObject({ standing: 'nothing', files: [] });
  });

  it('to whoever may only push, and from a page of another site', async () => {
    const token = 'a token of somebody';
    const secret = Buffer.from(`somebody:${token}`).toString('base64');
    const lab = await laboratory('memory');
    const { writeFile } = await import('node:fs/promises');
    const file = `${lab.folder}/access.json`;
    await writeFile(file, JSON.stringify([{ sha256: sha256(Buffer.from(token)), guns: ['**'], actions: ['pull', 'push'] }]));
    await lab.restart({ access: file });
    expect((await post(lab, app.files, TRUST)).status).toBe(401);
    expect((await post(lab, app.files, TRUST, { authorization: `Basic ${secret}` })).status).toBe(403);
    await lab.restart();
  });

  it('with names of files that are none, and with the same file twice', async () => {
    const lab = await laboratory('memory');
    for (const name of [
      'targets.json',
      '0.targets.json',
      '1.targets/../root.json',
      '1.Targets.json',
      '1.targets',
      '01.root.json',
      '1e3.root.json',
    ]) {
      const answer = await post(lab, [[name, app.newest('root')]], TRUST);
      expect([answer.status, name]).toEqual([400, name]);
    }
  });

  it('with a root that names the key of another repository of this server', async () => {
    const lab = await laboratory('memory');
    const object = json(await ask(`${lab.url}/v2/registry.example.com/other/_trust/tuf/timestamp.key`));
    // Another name is begun here with that key, so that it is known to be this server's.
    const { notary } = await import('@countersign/core');
    const { nativeCryptography } = await import('@countersign/crypto-native');
    const spelled = notary.spellKey(
      { keytype: '', scheme: 'ed25519', public: Buffer.from(object.keyval.public, 'base64').toString('hex') },
      nativeCryptography(),
    );
    const other = await oldRepository({ gun: 'registry.example.com/other', now: NOON, timestampKey: spelled });
    const first = await other.publish({ entry: 'v1' });
    const begun = await ask(`${lab.url}/v2/registry.example.com/other/_trust/tuf/`, {
      method: 'POST',
      headers: { 'content-type': multipartType },
      body: multipart([...first]),
    });
    expect(begun.status, begun.body.toString()).toBe(200);
    const thief = await oldRepository({ gun: GUN, now: NOON, timestampKey: spelled });
    await thief.publish({ entry: 'v1' });
    const answer = await post(lab, thief.files, TRUST);
    expect([answer.status, json(answer).code]).toEqual([400, 'server-key']);
  });
});
