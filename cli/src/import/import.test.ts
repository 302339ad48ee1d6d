// `import notary`: from an old server, or from a folder, into a real server; and what a hostile old server gets out of it.
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notary, parseNotaryRoleName, pinOf, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import {
  bareKey,
  notaryFile,
  type OldLie,
  type OldRepository,
  type OldServerForTests,
  oldRepository,
  startOldServer,
} from '@countersign/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../testing/machine.ts';
import { type Town, town } from '../testing/town.ts';

const NAMES = ['one', 'two', 'Three Words'].map((name) => `registry.example.com/team/${name}`);
const [ONE = '', TWO = ''] = NAMES;
const crypto = nativeCryptography();
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

let repositories: readonly OldRepository[];
beforeAll(async () => {
  repositories = await Promise.all(
    NAMES.map(async (gun) => {
      const one = await oldRepository({ gun, now: Date.now() });
      await one.publish({ entry: 'v1', delegate: 'targets/releases' });
      await one.publish({ delegate: 'targets/gone' });
      await one.publish({ rotate: 'root', releases: [['targets/releases', 'a']] });
      await one.publish({ undelegate: 'targets/gone' });
      await one.publish({ releases: [['targets/releases', 'b']] });
      return one;
    }),
  );
});

let place: Town;
let me: Machine;
let old: OldServerForTests;
beforeEach(async () => {
  place = await town();
  me = place.publisher;
  old = await startOldServer(repositories);
});
afterEach(async () => {
  await old.close();
  await place.close();
});

const repository = (gun: string): OldRepository => repositories.find((one) => one.gun === gun) ?? (repositories[0] as OldRepository);
const pin = (one: OldRepository): string => {
  const root = notary.parse('root', parseNotaryRoleName('root'), one.files.get('1.root.json') ?? new Uint8Array(), {
    limits: STANDARD_LIMITS,
    crypto,
  });
  return `${pinOf(root, crypto).digest}@1`;
};
const pinsFile = (guns: readonly string[] = NAMES): string => {
  const path = join(me.folder, 'pins.txt');
  writeFileSync(path, `# from the owners\n${guns.map((gun) => `${gun} ${pin(repository(gun))}`).join('\n')}\n`);
  return path;
};
const run = (...words: string[]) => me.run('import', 'notary', '--yes', '--from', old.url, ...words);
const served = async (gun: string, name: string): Promise<Buffer | undefined> => {
  const path = gun.split('/').map(encodeURIComponent).join('/');
  const response = await fetch(`${place.server.url}/v2/${path}/_trust/tuf/${name}`);
  return response.status === 200 ? Buffer.from(await response.arrayBuffer()) : undefined;
};
async function isWhole(one: OldRepository): Promise<void> {
  for (const [name, bytes] of one.files) {
    const role = name.replace(/^[0-9]+\.(.*)\.json$/, '$1');
    expect((await served(one.gun, `${role}.${sha256(bytes)}.json`))?.equals(bytes), `${one.gun} ${name}`).toBe(true);
  }
  for (const role of ['root', 'timestamp', 'snapshot', 'targets', 'targets/releases'])
    expect((await served(one.gun, `${role}.json`))?.equals(one.newest(role)), `${one.gun} ${role}`).toBe(true);
}

describe('import notary', () => {
  it('brings every version of every repository, asks nothing but files, and says what the owner does next', async () => {
    const done = await run('--output', 'json', '--pins', pinsFile(), ...NAMES);
    expect(done.exit, done.stdout + done.stderr).toBe(0);
    for (const one of repositories) await isWhole(one);
    expect(done.json['repositories']).toMatchObject(
      NAMES.toSorted().map((gun) => ({
        gun,
        outcome: 'imported',
        trust: 'pinned',
        roots: 2,
        files: repository(gun).files.size,
        leftOutCount: 0,
      })),
    );
    expect(done.stderr).toContain(`notary -s ${place.server.url.replace(/\/$/, '')} key rotate GUN timestamp --server-managed`);
    expect(done.stderr).toMatch(new RegExp(`${ONE} +20..-..-..T..:..:..Z`));
    expect(old.requests.filter((request) => !/^GET .*\.json$/.test(request))).toEqual([]);
    const again = await run('--output', 'json', '--pins', pinsFile(), ...NAMES);
    expect([again.exit, again.json['repositories']]).toMatchObject([0, NAMES.map(() => ({ outcome: 'already', added: 0 }))]);
  });

  it('refuses first roots that no owner vouches for, with exit 18, before it asks anybody', async () => {
    const refused = await run('--pins', pinsFile([ONE]), ONE, TWO);
    expect([refused.exit, refused.stderr]).toEqual([18, expect.stringContaining(TWO)]);
    expect(refused.stderr).toContain('--pins FILE');
    expect(refused.stderr).not.toContain('--unsafe');
    expect(old.requests).toEqual([]);
    expect((await run('--pins', pinsFile([ONE]), '--unsafe-trust-first-roots', ONE, TWO)).exit).toBe(0);
    await isWhole(repository(TWO));
  });

  it('shows the plan and asks once; a dry run changes nothing', async () => {
    const dry = await me.run('import', 'notary', '--from', old.url, '--dry-run', '--output', 'json', '--pins', pinsFile([ONE]), ONE);
    expect([dry.exit, dry.json['repositories']]).toMatchObject([
      0,
      [{ gun: ONE, roots: 2, trust: 'pinned', verifies: true, standing: 'nothing' }],
    ]);
    const silent = await me.run('import', 'notary', '--from', old.url, '--pins', pinsFile([ONE]), ONE);
    expect(silent.exit).toBe(2);
    expect(await served(ONE, 'root.json')).toBeUndefined();
  });

  it('copies into a folder with the verdict beside it, goes on there, and imports from it after the old server is gone', async () => {
    const folder = join(me.folder, 'archive');
    const home = join(folder, sha256(ONE));
    expect((await run('--archive', folder, ONE)).exit).toBe(0);
    const index = JSON.parse(readFileSync(join(home, 'index.json'), 'utf8'));
    expect(index).toMatchObject({ schema: 1, gun: ONE, verdict: { verifies: true, pin: pin(repository(ONE)), roots: 2 } });
    expect(index.verdict.roles.map(({ role }: { role: string }) => role)).toEqual([
      'root',
      'timestamp',
      'snapshot',
      'targets',
      'targets/releases',
    ]);
    for (const [name, bytes] of repository(ONE).files)
      expect(readFileSync(join(home, name.replaceAll('/', '%2F'))).equals(bytes)).toBe(true);
    // As a kill in the middle leaves it.
    rmSync(join(home, 'index.json'));
    rmSync(join(home, '2.targets.json'));
    expect((await me.run('import', 'notary', '--from', folder, '--yes', '--unsafe-trust-first-roots')).exit).toBe(2);
    const before = old.requests.length;
    expect((await run('--archive', folder, ...NAMES)).exit).toBe(0);
    expect(old.requests.slice(before).filter((request) => request.includes('/2.targets.json') && request.includes(ONE))).toHaveLength(1);
    expect(old.requests.slice(before).filter((request) => request.includes('/2.snapshot.json') && request.includes(ONE))).toHaveLength(0);
    await old.close();
    const done = await me.run('import', 'notary', '--from', folder, '--yes', '--output', 'json', '--pins', pinsFile());
    expect(done.exit, done.stdout).toBe(0);
    for (const one of repositories) await isWhole(one);
  });

  it('keeps and brings what has run out of time, and says which role and when', async () => {
    const stale = await oldRepository({ gun: ONE, now: Date.now() - 20 * 86_400_000 });
    await stale.publish({ entry: 'v1' });
    await old.close();
    old = await startOldServer([stale]);
    const folder = join(me.folder, 'archive');
    expect((await run('--archive', folder, ONE)).exit).toBe(0);
    const { verdict } = JSON.parse(readFileSync(join(folder, sha256(ONE), 'index.json'), 'utf8'));
    expect(verdict).toMatchObject({ verifies: false, roles: [{ role: 'root' }, { role: 'timestamp', code: 'expired' }] });
    const done = await run('--output', 'json', '--unsafe-trust-first-roots', ONE);
    expect([done.exit, done.json['repositories']]).toMatchObject([
      0,
      [{ verifies: false, warnings: [expect.stringContaining('timestamp v1')] }],
    ]);
    expect((await served(ONE, 'timestamp.json'))?.equals(stale.newest('timestamp'))).toBe(true);
  });

  it('believes an archive as little as a server', async () => {
    const folder = join(me.folder, 'archive');
    await run('--archive', folder, ONE);
    const home = join(folder, sha256(ONE));
    const file = join(home, '2.snapshot.json');
    const bytes = readFileSync(file);
    const from = () => me.run('import', 'notary', '--from', folder, '--yes', '--unsafe-trust-first-roots');
    for (const spoil of [
      () => appendFileSync(file, ' '),
      () => rmSync(file),
      () => {
        rmSync(file);
        symlinkSync('/etc/passwd', file);
      },
    ]) {
      spoil();
      const refused = await from();
      expect([refused.exit === 0, refused.stdout]).toEqual([false, expect.stringContaining('2.snapshot.json')]);
      rmSync(file, { force: true });
      writeFileSync(file, bytes);
    }
    renameSync(home, join(folder, sha256(TWO)));
    expect((await from()).exit).toBe(1);
    expect(await served(ONE, 'root.json')).toBeUndefined();
  });

  it('goes on with the journal of a run that was stopped, and brings nothing twice', async () => {
    expect((await run('--pins', pinsFile(), ONE)).exit).toBe(0);
    const folder = join(me.trustDir, 'state', 'import');
    const [name = ''] = readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
    // Stopped in the middle of a line, before it could say that the first was done.
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    writeFileSync(join(folder, name), `${lines.slice(0, 2).join('\n')}\n{"at":"do`);
    const done = await run('--output', 'json', '--pins', pinsFile(), ...NAMES);
    expect([done.exit, done.json['journal']]).toEqual([0, join(folder, name)]);
    expect(done.json['repositories']).toMatchObject(
      NAMES.toSorted().map((gun) => ({ gun, outcome: 'imported', added: gun === ONE ? 0 : repository(gun).files.size })),
    );
    const feed = await (await fetch(`${place.server.url}/v2/_trust/changefeed?records=100`)).text();
    expect(JSON.parse(feed).count).toBe(3);
  });

  it('sends a large repository in parts that follow its history', async () => {
    const { bring } = await import('./bring.ts');
    const { newServer } = await import('./new-server.ts');
    const { createHttp } = await import('@countersign/http');
    const http = createHttp({
      plainHttp: 'loopback-only',
      userAgent: 'test',
      timeouts: { connectMs: 5000, idleMs: 5000, totalMs: 60_000 },
    });
    const one = repository(ONE);
    const files = [...one.files].map(([name, bytes]) => {
      const [, number = '', role = ''] = /^([0-9]+)\.(.+)\.json$/.exec(name) ?? [];
      return { role: parseNotaryRoleName(role), version: Number(number) as never, bytes };
    });
    const current = new Map(
      ['root', 'timestamp', 'snapshot', 'targets', 'targets/releases'].map((role) => [
        parseNotaryRoleName(role),
        one.version(role) as never,
      ]),
    );
    const server = newServer(new URL(place.server.url), http, undefined);
    const sent: string[] = [];
    const counting = {
      ...server,
      send: (...given: Parameters<typeof server.send>) => {
        sent.push(`${given[3]} ${given[1].length}`);
        // The connection is lost before the third part.
        if (sent.length === 3) throw new Error('lost');
        return server.send(...given);
      },
    };
    const env = { now: Date.now() as never, limits: STANDARD_LIMITS, crypto, dialect: notary };
    const copied = { gun: ONE as never, files, current, problems: [] };
    await expect(bring(copied, { pin: undefined, unpinned: 'unsafe-trust' }, counting, env, { files: 5, bytes: 1e6 })).rejects.toThrow(
      'lost',
    );
    expect(await served(ONE, 'timestamp.json')).toBeUndefined();
    const brought = await bring(copied, { pin: undefined, unpinned: 'unsafe-trust' }, counting, env, { files: 5, bytes: 1e6 });
    expect(sent.length).toBeGreaterThan(4);
    expect(brought).toMatchObject({ outcome: 'imported', leftOutCount: 0 });
    http.close();
    await isWhole(one);
  });
});

describe('a hostile old server', () => {
  async function lying(lie: OldLie): Promise<void> {
    await old.close();
    old = await startOldServer(repositories, lie);
  }
  const attempt = () => run('--unsafe-trust-first-roots', ONE);
  const swapped =
    (wanted: string, bytes: () => Uint8Array): OldLie =>
    (_, response, { gun, file }) => {
      if (gun !== ONE || file !== wanted) return false;
      response.writeHead(200).end(bytes());
      return true;
    };

  it('that shows the root of another name, or a root that its predecessor did not sign, is refused with exit 18 or 12', async () => {
    await lying(swapped('1.root.json', () => repository(TWO).files.get('1.root.json') ?? new Uint8Array()));
    expect((await attempt()).exit).toBe(18);
    const another = await oldRepository({ gun: ONE, now: Date.now() });
    for (const _ of [1, 2]) await another.publish({ rotate: 'root' });
    await lying(swapped('2.root.json', () => another.files.get('2.root.json') ?? new Uint8Array()));
    expect([12, 15]).toContain((await attempt()).exit);
    expect(await served(ONE, 'root.json')).toBeUndefined();
  });

  it('that shows other first roots than the owners pinned, is refused with exit 18', async () => {
    const another = await oldRepository({ gun: ONE, now: Date.now() });
    await another.publish({ entry: 'evil' });
    const pins = pinsFile([ONE]);
    await old.close();
    old = await startOldServer([another]);
    const refused = await run('--pins', pins, ONE);
    expect([refused.exit, await served(ONE, 'root.json')]).toEqual([18, undefined]);
  });

  it('that put roots of its own before a pinned one, is refused with exit 18, unless its word is taken', async () => {
    const one = repository(ONE);
    const later = notary.parse('root', parseNotaryRoleName('root'), one.newest('root'), { limits: STANDARD_LIMITS, crypto });
    const path = join(me.folder, 'later.txt');
    writeFileSync(path, `${ONE} ${pinOf(later, crypto).digest}@2\n`);
    const refused = await run('--pins', path, ONE);
    expect([refused.exit, refused.stdout + refused.stderr]).toEqual([18, expect.stringContaining('says nothing of v1 to v1')]);
    const done = await run('--output', 'json', '--pins', path, '--unsafe-trust-first-roots', ONE);
    expect([done.exit, done.json['repositories']]).toMatchObject([0, [{ trust: 'pinned, older roots on the word of the old server' }]]);
  });

  it('that claims a version without end, or answers every number, comes to an end', async () => {
    const endless = await notaryFile(
      {
        _type: 'Timestamp',
        expires: '2040-01-01T00:00:00Z',
        meta: { snapshot: { hashes: { sha256: 'AAAA' }, length: 1 } },
        version: 2 ** 31 - 1,
      },
      bareKey(),
    );
    await lying(swapped('timestamp.json', () => endless));
    const refused = await attempt();
    expect(refused.exit).not.toBe(0);
    await lying((_, response, { gun, file }) => {
      if (gun !== ONE || !file.endsWith('.root.json')) return false;
      response.writeHead(200).end(repository(ONE).files.get('1.root.json'));
      return true;
    });
    const rooted = await attempt();
    expect([rooted.exit === 0, rooted.stdout + rooted.stderr]).toEqual([false, expect.stringContaining('more than 1024 roots')]);
  }, 60_000);

  it('that claims a high version, and has none below, is not asked for each of them', async () => {
    const high = await oldRepository({ gun: ONE, now: Date.now() });
    await high.publish({ entry: 'v1' });
    const timestamp = await notaryFile(
      {
        _type: 'Timestamp',
        expires: '2040-01-01T00:00:00Z',
        meta: JSON.parse(Buffer.from(high.newest('timestamp')).toString()).signed.meta,
        version: 1_000_000,
      },
      high.keys.timestamp as never,
    );
    high.plant('timestamp', 1_000_000, timestamp);
    await old.close();
    old = await startOldServer([high]);
    const done = await attempt();
    expect(done.exit, done.stdout + done.stderr).toBe(0);
    expect(old.requests.length).toBeLessThan(400);
  });

  it.each<[string, OldLie]>([
    ['redirects to another host', (_, response) => !response.writeHead(302, { location: 'http://127.0.0.2:1/' }).end().destroyed],
    ['sends more than a file may have', (_, response) => !response.writeHead(200).end(Buffer.alloc(40_000_000)).destroyed],
    [
      'sends other bytes than the hash says',
      (_, response, { file }) => /^targets\.[0-9a-f]{64}/.test(file) && !response.writeHead(200).end('{}').destroyed,
    ],
    ['is in trouble', (_, response) => !response.writeHead(500).end('boom').destroyed],
    [
      'wants a password for somebody else',
      (_, response) =>
        !response.writeHead(401, { 'www-authenticate': 'Bearer realm="https://evil.example/token",service="x"' }).end().destroyed,
    ],
  ])('that %s, is refused, and nothing is imported', async (_, lie) => {
    me.env = { ...me.env, NOTARY_AUTH: Buffer.from('user:secret').toString('base64') };
    await lying(lie);
    const refused = await attempt();
    expect(refused.exit, refused.stdout + refused.stderr).not.toBe(0);
    expect(refused.stdout + refused.stderr).not.toContain('secret');
    expect(await served(ONE, 'root.json')).toBeUndefined();
  });

  it('that has garbage among its older versions, has it left out and named', async () => {
    await lying(swapped('2.targets.json', () => Buffer.from('{"signed":')));
    const done = await run('--output', 'json', '--unsafe-trust-first-roots', ONE);
    expect([done.exit, done.json['repositories']]).toMatchObject([0, [{ leftOutCount: 1, leftOut: [{ role: 'targets', version: 2 }] }]]);
    expect(await served(ONE, '2.targets.json')).toBeUndefined();
  });

  it('gets a password at its own realm alone', async () => {
    const asked: string[] = [];
    await lying((request, response, { file }) => {
      if (request.url?.startsWith('/token') === true) {
        asked.push(request.headers.authorization ?? '');
        response.writeHead(200).end('{"token":"good"}');
        return true;
      }
      if (file === '' || request.headers.authorization === 'Bearer good') return false;
      response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token",service="notary"` }).end();
      return true;
    });
    const pair = Buffer.from('user:secret').toString('base64');
    me.env = { ...me.env, NOTARY_AUTH: pair };
    const done = await attempt();
    expect(done.exit, done.stdout + done.stderr).toBe(0);
    expect(new Set(asked)).toEqual(new Set([`Basic ${pair}`]));
  });
});
