// `import notary`: repositories of an old server of Notary, into a server of ours or into a folder.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatPin, type Gun, parseNotaryGun, type RootPin, TrustError } from '@countersign/core';
import { type CredentialSource, createAuthorizer, findCredentials, noCredentials, PUBLIC_REALMS } from '@countersign/registry';
import { askedHttp } from '../compose/asked-http.ts';
import { type Config, readConfig } from '../compose/config.ts';
import { openHttp } from '../compose/network.ts';
import { pinStore } from '../compose/pins.ts';
import { namedServer } from '../compose/server-address.ts';
import { authorizationFor } from '../compose/trust.ts';
import { UsageError } from '../errors.ts';
import { type Folders, foldersOf } from '../folders.ts';
import { typed } from '../given.ts';
import { newServer } from '../import/new-server.ts';
import { twoPins } from '../import/next-steps.ts';
import { oldServer } from '../import/old-server.ts';
import { readPinsFile } from '../import/pins-file.ts';
import { archiveAt, runImport, type Source, type Target } from '../import/run-import.ts';
import { readGivenFile } from '../read-file.ts';
import type { Call, Handler } from '../tree/spec.ts';
import { variable, withoutPassword } from '../variables.ts';

const LONGEST_LIST = 8 * 1024 * 1024;
const HELPER_TIMEOUT = 60_000;

export const importNotary: Handler = async (call) => {
  const { world, given } = call;
  const folders = foldersOf(world, given.text('trust-dir'));
  const config = readConfig(folders.config);
  const http = openHttp(world, given, config);
  try {
    const source = sourceOf(call, config, http);
    const archive = given.text('archive');
    const target: Target =
      archive === undefined
        ? targetOf(call, http, source)
        : { kind: 'archive', archive: archiveAt(resolve(world.cwd, archive), world.now()) };
    const guns = await namedGuns(call, source);
    const pins = await pinsFor(call, folders, guns);
    if (target.kind === 'server') refuseUnpinned(call, guns, pins);
    return await runImport(call, {
      guns,
      source,
      target,
      pins,
      unpinned: given.flag('unsafe-trust-first-roots') ? 'unsafe-trust' : 'refuse',
      folders,
    });
  } finally {
    http.close();
  }
};

function sourceOf({ world, given }: Call, config: Config, http: ReturnType<typeof openHttp>): Source {
  const from = given.text('from');
  if (from === undefined) throw new UsageError('bad-arguments', '--from: wanted the URL of the old server, or the folder of an archive');
  if (!/^[a-z]+:\/\//i.test(from)) {
    if (given.text('archive') !== undefined)
      throw new UsageError('bad-arguments', `--archive: wanted the URL of an old server in --from, got the folder ${from.slice(0, 80)}`, {
        next: 'copy a folder with the tools of the system: cp -a',
      });
    const path = resolve(world.cwd, from);
    if (!isFolder(path))
      throw new UsageError('bad-arguments', `--from: ${path} is no folder`, {
        next: 'name the folder of an archive, or the URL of the old server, which begins with https://',
      });
    return { kind: 'archive', archive: archiveAt(path, world.now()) };
  }
  const url = /^https?:\/\//.test(from) && URL.canParse(from) ? new URL(from) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new UsageError(
      'bad-arguments',
      `--from: wanted a URL like https://notary.example.com, got ${withoutPassword(from).slice(0, 80)}`,
    );
  const asked = askedHttp(http, 'trust server');
  const authorizer = createAuthorizer({
    http: asked,
    credentials: credentialsOf({ world }, url),
    realms: new Map([...PUBLIC_REALMS, ...config.realms]),
    now: () => process.uptime() * 1000,
  });
  return { kind: 'server', server: oldServer(url, asked, authorizer) };
}

/** What docker keeps for this host, or what `notary` reads: user and password in base64. */
function credentialsOf({ world }: Pick<Call, 'world'>, old: URL): CredentialSource {
  const pair = variable(world, 'NOTARY_AUTH');
  if (pair === undefined)
    return world.home === undefined
      ? noCredentials
      : findCredentials({ env: world.env, home: world.home, helperTimeoutMs: HELPER_TIMEOUT });
  const [, username = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(pair, 'base64').toString('utf8')) ?? [];
  // No word of it in the message: it is a secret.
  if (username === '') throw new UsageError('bad-arguments', 'NOTARY_AUTH: wanted base64 of USER:PASSWORD');
  return { credentialFor: async (host) => (host === old.host ? { kind: 'password', username, password } : undefined) };
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function targetOf(call: Call, http: ReturnType<typeof openHttp>, source: Source): Target {
  const server = namedServer(call.world, call.given, call.output);
  if (server === undefined) throw new UsageError('no-server', 'nothing says which server the repositories go to');
  if (source.kind === 'server' && source.server.url.href === server.url.href)
    throw new UsageError('bad-arguments', `--from and ${server.from} name the same server, ${server.url.href}`, {
      next: 'name the old server with --from, and the new one with --server',
    });
  return { kind: 'server', server: newServer(server.url, askedHttp(http, 'trust server'), authorizationFor(server, call)) };
}

async function namedGuns({ world, given }: Call, source: Source): Promise<readonly Gun[]> {
  const file = given.text('file');
  const lines =
    file === undefined
      ? []
      : Buffer.from(await readGivenFile(world, file, LONGEST_LIST))
          .toString('utf8')
          .split(/\r?\n/);
  const words = [
    ...given.repeatedArgument('gun'),
    ...lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')),
  ];
  const guns = words.map((word) => typed('the repository name', () => parseNotaryGun(word)));
  const found = guns.length === 0 && source.kind === 'archive' ? source.archive.list() : guns;
  if (found.length > 0) return [...new Set(found)].sort();
  const text =
    source.kind === 'archive'
      ? `${source.archive.path} holds no repository`
      : `wanted the names of repositories: an old server lists none${file === undefined ? '' : `, and ${file.slice(0, 80)} has none`}`;
  throw new UsageError('bad-arguments', text, { next: 'name them, or give --file FILE with one in each line' });
}

/** What owners say: the file of pins, and what this machine pinned before. */
async function pinsFor({ world, given }: Call, folders: Folders, guns: readonly Gun[]): Promise<ReadonlyMap<Gun, RootPin>> {
  const name = given.text('pins');
  const said = name === undefined ? new Map<Gun, RootPin>() : readPinsFile(await readGivenFile(world, name, LONGEST_LIST), name);
  const store = pinStore(folders, 'notary');
  const pins = new Map<Gun, RootPin>();
  for (const gun of guns) {
    const [theirs, own] = [said.get(gun), (await store.read(gun))?.pin];
    if (theirs !== undefined && own !== undefined && theirs.version === own.version && theirs.digest !== own.digest)
      throw twoPins(gun, formatPin(theirs), formatPin(own));
    const pin = theirs ?? own;
    if (pin !== undefined) pins.set(gun, pin);
  }
  return pins;
}

function refuseUnpinned({ given }: Call, guns: readonly Gun[], pins: ReadonlyMap<Gun, RootPin>): void {
  const unpinned = guns.filter((gun) => !pins.has(gun));
  if (unpinned.length === 0 || given.flag('unsafe-trust-first-roots')) return;
  const some = `${unpinned.slice(0, 3).join(', ')}${unpinned.length > 3 ? ` and ${unpinned.length - 3} more` : ''}`;
  throw new NoPins(`no pin says which first root is the right one for ${some}: the old server could show any`, unpinned);
}

/** Says where pins come from. */
class NoPins extends TrustError {
  readonly next =
    'ask the owners for their pins and give them with --pins FILE, a line for each: NAME sha256:HEX@N; countersign import docker-trust takes those of a machine that knows them';

  constructor(text: string, guns: readonly Gun[]) {
    super('untrusted-root', text, { details: { repositories: guns } });
  }
}
