// Debian's PostgreSQL: a primary, and a standby that has every commit before it is acknowledged. Both run as nobody who may read our files.
import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

export interface Postgres {
  readonly port: number;
  /** In the database `postgres` unless another one is named. */
  sql(text: string, database?: string): Promise<string>;
  /** As when the power goes: nothing is written any more. */
  kill(): Promise<void>;
  promote(): Promise<void>;
}

export interface Installation {
  primary(): Promise<Postgres>;
  /** A copy of `of` that follows it; from then on `of` acknowledges nothing that the copy does not have. */
  standby(of: Postgres): Promise<Postgres>;
  remove(): Promise<void>;
}

/** The folder with PostgreSQL's programs, or why there is none. */
export async function findPostgres(): Promise<{ readonly bin: string } | { readonly reason: string }> {
  const home = '/usr/lib/postgresql';
  const versions = await readdir(home).catch(() => []);
  const [newest] = versions.filter((name) => /^\d+$/.test(name)).sort((one, other) => Number(other) - Number(one));
  if (newest === undefined) return { reason: "Debian's postgresql is not installed" };
  if (!isRoot) return { reason: 'only root can run PostgreSQL as another user' };
  return { bin: join(home, newest, 'bin') };
}

export async function install(bin: string): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-postgres-'));
  const [user, group] = await postgresUser();
  await chmod(folder, 0o755);
  await chown(folder, user, group);
  const as = async (program: string, ...args: readonly string[]): Promise<string> => {
    const { stdout } = await run('setpriv', [`--reuid=${user}`, `--regid=${group}`, '--clear-groups', join(bin, program), ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' },
    });
    return stdout;
  };
  const running: Postgres[] = [];

  const start = async (data: string, settings: string): Promise<Postgres> => {
    const port = await freePort();
    const local = `port = ${port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '${folder}'\nmax_connections = 100\n`;
    await writeFile(join(data, 'local.conf'), `${local}${settings}`);
    await writeFile(join(data, 'postgresql.conf'), "include = 'local.conf'\n");
    await as('pg_ctl', '-D', data, '-w', '-l', `${data}.log`, 'start');
    const postgres: Postgres = {
      port,
      sql: (text, database = 'postgres') =>
        as('psql', '-h', folder, '-p', String(port), '-U', 'postgres', '-d', database, '-At', '-c', text),
      async kill() {
        const [line = ''] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
        const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', line]).catch(() => ({ stdout: '' }));
        for (const pid of [line, ...stdout.trim().split(/\s+/)]) tryKill(Number(pid));
      },
      promote: async () => void (await as('pg_ctl', '-D', data, '-w', 'promote')),
    };
    running.push(postgres);
    return postgres;
  };

  return {
    async primary() {
      const data = join(folder, 'primary');
      await as('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-sync');
      return await start(data, 'wal_level = replica\nmax_wal_senders = 8\n');
    },
    async standby(of) {
      const data = join(folder, 'standby');
      await as('pg_basebackup', '-h', folder, '-p', String(of.port), '-U', 'postgres', '-D', data, '-R', '-X', 'stream', '-c', 'fast');
      const standby = await start(data, 'hot_standby = on\n');
      await of.sql("alter system set synchronous_standby_names = '*'");
      await of.sql('select pg_reload_conf()');
      return standby;
    },
    async remove() {
      for (const postgres of running) await postgres.kill().catch(() => undefined);
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

function tryKill(pid: number): void {
  try {
    if (pid > 1) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself, as children do whose parent is gone.
  }
}

async function postgresUser(): Promise<readonly [number, number]> {
  const passwd = await readFile('/etc/passwd', 'utf8');
  const [, user, group] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(passwd) ?? [];
  if (user === undefined) throw new Error('there is no user postgres');
  return [Number(user), Number(group)];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a pipe has no port');
  return address.port;
}
