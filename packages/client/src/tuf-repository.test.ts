import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fileEntry,
  type Gun,
  type Instant,
  parseDigest,
  parseGun,
  parseInstant,
  revocationEntry,
  revocationPath,
  STANDARD_LIMITS,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { createHttp, type HttpClient, type HttpRequest } from '@countersign/http';
import { PlainRepository, type PlainServer, simulate, startMetadataServer, startPlainServer } from '@countersign/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeMachines, failure, random, temporaryFolder } from '../test/machine.ts';
import { openTufRepository, type TufRepository, type TufRepositoryOptions } from './index.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const NAME = parseGun('tools.example.com');

let server: PlainServer;
let foreign: PlainRepository;
let base: URL;
let home: string;
let sent: HttpRequest[];
let underWay: number;
let mostUnderWay: number;
const clients: HttpClient[] = [];
beforeEach(async () => {
  server = await startPlainServer();
  foreign = new PlainRepository(NOON);
  base = server.add('foreign', foreign);
  home = await temporaryFolder();
  sent = [];
  underWay = mostUnderWay = 0;
});
afterEach(async () => {
  for (const http of clients.splice(0)) http.close();
  await server.close();
  await closeMachines();
});

const folder = (): string => join(home, 'foreign');
const into = (): string => join(home, 'files');
/** A fresh one, as another run of a program would have it. */
function open(overrides: Partial<TufRepositoryOptions> = {}): TufRepository {
  const timeouts = { connectMs: 5_000, idleMs: 10_000, totalMs: 30_000 };
  const http = createHttp({ plainHttp: 'loopback-only', timeouts, userAgent: 'test' });
  clients.push(http);
  const noted: HttpClient = {
    ...http,
    async send(request) {
      sent.push(request);
      underWay += 1;
      mostUnderWay = Math.max(mostUnderWay, underWay);
      try {
        return await http.send(request);
      } finally {
        underWay -= 1;
      }
    },
  };
  return openTufRepository({
    name: NAME,
    metadata: new URL('metadata/', base),
    folder: folder(),
    owner: process.geteuid?.(),
    http: noted,
    crypto: nativeCryptography(),
    limits: STANDARD_LIMITS,
    now: () => NOON as Instant,
    builtAt: parseInstant('2026-01-01T00:00:00Z', 'built'),
    random,
    ...overrides,
  });
}
const fileOf = (role: string, version = 1): Buffer => Buffer.from(foreign.published.get(role)?.[version - 1] ?? []);
const rootFile = (version = 1): Buffer => fileOf('root', version);
const trusted = async (): Promise<TufRepository> => {
  const repository = open();
  await repository.trust(rootFile());
  return repository;
};
const place = () => ({ from: new URL('targets/', base), into: into(), largest: 1000 });
const publish = (...more: readonly string[]): void => foreign.publish(...more, 'targets', 'snapshot', 'timestamp');
const get = async (path: string, overrides: Partial<ReturnType<typeof place>> = {}) =>
  (
    await open()
      .refresh()
      .then((content) => content.download(path, { ...place(), ...overrides }))
  ).came;
const files = async (): Promise<string[]> => readdir(into()).catch(() => []);

describe('trust', () => {
  it('starts with a root file, and asks nobody', async () => {
    await trusted();
    expect(sent).toEqual([]);
    expect(await readFile(join(folder(), 'root.json'))).toEqual(rootFile());
  });

  it('is not there without one: nothing is asked', async () => {
    expect(await failure(open().refresh())).toMatchObject({ name: 'TrustError', code: 'untrusted-root' });
    expect(sent).toEqual([]);
  });

  it('is not taken from a file that lies where the trusted ones are shown', async () => {
    await mkdir(folder());
    await writeFile(join(folder(), 'root.json'), rootFile());
    expect(await failure(open().refresh())).toMatchObject({ code: 'untrusted-root' });
  });

  it('does not start again with another root, and stands when the same one is given', async () => {
    const repository = await trusted();
    await repository.trust(rootFile());
    const other = new PlainRepository(NOON).published.get('root')?.[0] ?? new Uint8Array();
    expect(await failure(repository.trust(other))).toMatchObject({ name: 'StateError', code: 'conflicting-pin' });
    expect(await readFile(join(folder(), 'root.json'))).toEqual(rootFile());
    await open().refresh();
  });

  it('does not start with a root that is not signed by its own keys', async () => {
    foreign.signersOf('root').clear();
    foreign.publish('root');
    expect(await failure(open().trust(rootFile(2)))).toMatchObject({ name: 'TrustError', code: 'signature' });
    expect(await failure(open().refresh())).toMatchObject({ code: 'untrusted-root' });
  });

  it('is lost with the state folder, and not found again in the copies', async () => {
    await (await trusted()).refresh();
    await rm(join(folder(), 'state'), { recursive: true });
    expect(await failure(open().refresh())).toMatchObject({ code: 'untrusted-root' });
  });
});

describe('the trusted files', () => {
  it('are copies: a changed one changes nothing, and is put right', async () => {
    await (await trusted()).refresh();
    for (const name of ['root', 'timestamp', 'snapshot']) await writeFile(join(folder(), `${name}.json`), '{}');
    await writeFile(join(folder(), 'targets.json'), '{}');
    await open().refresh();
    for (const role of ['root', 'timestamp', 'snapshot', 'targets']) {
      expect(await readFile(join(folder(), `${role}.json`))).toEqual(fileOf(role));
    }
  });

  it('cannot be rolled back by removing them', async () => {
    foreign.publish('timestamp');
    await (await trusted()).refresh();
    await rm(join(folder(), 'timestamp.json'));
    foreign.published.get('timestamp')?.pop();
    expect(await failure(open().refresh())).toMatchObject({ code: 'rollback' });
  });

  it.skipIf(process.geteuid === undefined)('lie beside a memory that is the owner’s alone', async () => {
    await trusted();
    expect((await stat(join(folder(), 'state'))).mode & 0o777).toBe(0o700);
    expect(await failure(open({ owner: 12_345 }).refresh())).toMatchObject({ code: 'unsafe-state' });
  });
});

describe('a repository without consistent snapshots', () => {
  it.each([[false], [undefined]])('is read by plain names, where consistent_snapshot is %s', async (consistent) => {
    foreign.root.consistent_snapshot = consistent;
    foreign.delegate('targets', 'team', { paths: ['dir/*'] });
    foreign.addArtifact('team', 'dir/file', 'content');
    foreign.publish('root', 'team');
    publish();
    await trusted();
    expect(await get('dir/file')).toBe('fetched');
    expect(sent.map(({ url }) => url.pathname.replace('/foreign/', '')).sort()).toEqual(
      [
        'metadata/2.root.json',
        'metadata/3.root.json',
        'metadata/snapshot.json',
        'metadata/targets.json',
        'metadata/team.json',
        'metadata/timestamp.json',
        'metadata/timestamp.json',
        'targets/dir/file',
      ].sort(),
    );
  });
});

describe('requests', () => {
  it('travel one by one when they are to be in order, and together otherwise', async () => {
    await trusted();
    await open({ requests: 'in-order' }).refresh();
    expect(mostUnderWay).toBe(1);
    await open({ requests: 'together' }).refresh();
    expect(mostUnderWay).toBe(2);
    foreign.publish('root');
    const asked = async (requests: 'together' | 'in-order'): Promise<number> => {
      foreign.requests.length = 0;
      await open({ requests }).refresh();
      return foreign.requests.filter(([role]) => role === 'timestamp').length;
    };
    // After a new root the timestamp that travelled beside the question was asked for in vain.
    expect(await asked('together')).toBe(2);
    foreign.publish('root');
    expect(await asked('in-order')).toBe(1);
  });
});

describe('a download', () => {
  it.each([
    ['a b'],
    ['a?b'],
    ['a#b'],
    ['100%'],
    ['%2e%2e/x'],
    ["it's*"],
    ['ü/日本'],
    ['dir/sub/x'],
    ['constructor'],
    ['__proto__'],
    ['.hidden'],
  ])('of %j asks for exactly that, and lands in one flat file', async (path) => {
    foreign.addArtifact('targets', path, 'content');
    publish();
    await trusted();
    expect(await get(path)).toBe('fetched');
    expect(foreign.fetched).toEqual([[path, expect.any(String)]]);
    expect(await files()).toHaveLength(1);
    expect(await get(path)).toBe('at-hand');
  });

  it.each([['../x'], ['a/../../x'], ['/x'], ['a//b'], ['.'], [''], ['a\\b'], ['a\nb']])(
    'refuses the path %j, signed or not',
    async (path) => {
      foreign.addArtifact('targets', path, 'content');
      publish();
      await trusted();
      await expect(get(path)).rejects.toMatchObject({ code: 'invalid-name' });
      expect(foreign.fetched).toEqual([]);
    },
  );

  it('of a name that no role signs is refused', async () => {
    await trusted();
    await expect(get('file')).rejects.toMatchObject({ name: 'TrustError', code: 'unsigned' });
  });

  it('reads no more than was signed', async () => {
    foreign.addArtifact('targets', 'file', 'content');
    publish();
    await trusted();
    foreign.artifacts.set('file', Buffer.from('content and more'));
    await expect(get('file')).rejects.toMatchObject({ name: 'FetchError', code: 'too-large' });
    foreign.artifacts.set('file', Buffer.from('conten'));
    await expect(get('file')).rejects.toMatchObject({ code: 'mismatch' });
    expect(await files()).toEqual([]);
  });

  it('holds every listed hash against the bytes', async () => {
    foreign.addArtifact('targets', 'file', 'content', ['sha256', 'sha512']);
    const entry = foreign.targets().targets['file'];
    if (entry === undefined) throw new Error('no entry');
    entry.hashes['sha512'] = '0'.repeat(128);
    publish();
    await trusted();
    await expect(get('file')).rejects.toMatchObject({ code: 'mismatch' });
  });

  it('does not make a path of what is signed as a hash', async () => {
    foreign.addArtifact('targets', 'file', 'content');
    const entry = foreign.targets().targets['file'];
    if (entry === undefined) throw new Error('no entry');
    entry.hashes = { sha256: '../../secret?' };
    publish();
    await trusted();
    await expect(get('file')).rejects.toMatchObject({ code: 'mismatch' });
    expect(foreign.fetched).toEqual([]);
  });

  it('is refused when it is larger than the caller can take, before anything is fetched', async () => {
    foreign.addArtifact('targets', 'file', 'content');
    publish();
    await trusted();
    await expect(get('file', { largest: 6 })).rejects.toMatchObject({ code: 'limit' });
    await expect(get('file', { largest: Number.NaN })).rejects.toMatchObject({ code: 'limit' });
    expect(foreign.fetched).toEqual([]);
    expect(await get('file', { largest: 7 })).toBe('fetched');
  });

  it('that is not served is missing', async () => {
    foreign.addArtifact('targets', 'file', 'content');
    publish();
    foreign.artifacts.clear();
    await trusted();
    await expect(get('file')).rejects.toMatchObject({ code: 'missing' });
  });

  it('replaces a file that is damaged, and keeps it where the repository has nothing better', async () => {
    foreign.addArtifact('targets', 'file', 'content');
    publish();
    await trusted();
    await get('file');
    await writeFile(join(into(), 'file'), 'other');
    expect(await get('file')).toBe('fetched');
    expect(await readFile(join(into(), 'file'), 'utf8')).toBe('content');
    foreign.addArtifact('targets', 'file', 'newer!!');
    foreign.artifacts.set('file', Buffer.from('forged!'));
    publish();
    await expect(get('file')).rejects.toMatchObject({ code: 'mismatch' });
    expect(await readFile(join(into(), 'file'), 'utf8')).toBe('content');
  });
});

describe('a repository of ours', () => {
  const bytes = Buffer.from('content');
  const digest = parseDigest('sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73');
  const ours = async (name: Gun | undefined) => {
    const simulator = await simulate();
    await simulator.publish({ file: fileEntry({ digest, length: bytes.length }) });
    const metadata = await startMetadataServer(new Map([[simulator.gun, simulator]]));
    const repository = open({ name: name ?? simulator.gun, metadata: new URL(`v2/${simulator.gun}/_trust/metadata/`, metadata.url) });
    await repository.trust(simulator.served.get('1.root.json') ?? new Uint8Array());
    return { simulator, repository, close: () => metadata.close() };
  };

  it('is held to its name', async () => {
    const { repository, close } = await ours(parseGun('registry.example.com/team/other'));
    expect(await failure(repository.refresh())).toMatchObject({ code: 'wrong-repository' });
    await close();
  });

  it('can deny a file that was downloaded before', async () => {
    const { simulator, repository, close } = await ours(undefined);
    await mkdir(into());
    await writeFile(join(into(), 'file'), bytes);
    expect(await (await repository.refresh()).download('file', place())).toMatchObject({ came: 'at-hand' });
    await simulator.publish({ [revocationPath(digest)]: revocationEntry(digest) });
    const content = await repository.refresh();
    expect(await failure(content.download('file', place()))).toMatchObject({ code: 'revoked' });
    await close();
  });
});
