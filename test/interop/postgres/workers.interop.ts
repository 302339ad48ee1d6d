// Several processes behind one address: what one of them publishes, the next read sees, whoever answers it.
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageEntry, parseDigest } from '@countersign/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { found, nameOf } from '../../consistency/people.ts';
import { type RunningServer, serve, temporaryFolder } from '../../lab/countersign.ts';
import { findPostgres, type Installation, install } from '../../lab/debian-postgres.ts';
import { library } from '../../lab/library.ts';

const WORKERS = 3;
const MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json';
const DIGEST = parseDigest(`sha256:${'c0'.repeat(32)}`);

const postgres = await findPostgres();
const reason = 'reason' in postgres ? `: skipped, ${postgres.reason}` : '';

describe.skipIf('reason' in postgres)(`${WORKERS} workers on one PostgreSQL${reason}`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let installation: Installation;
  let server: RunningServer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    installation = await install('bin' in postgres ? postgres.bin : '');
    const { port } = await installation.primary();
    const store = `postgres://postgres@127.0.0.1:${port}/postgres`;
    server = await serve(join(folder.path, 'data'), [
      '--workers',
      String(WORKERS),
      '--metrics-listen',
      '127.0.0.1:0',
      '--log',
      'error',
      '--store',
      store,
    ]);
  });
  afterAll(async () => {
    await server?.kill('SIGTERM');
    await installation?.remove();
    await folder?.remove();
  });

  const workers = (): readonly number[] =>
    execFileSync('ps', ['-o', 'pid=', '--ppid', String(server.pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
      .map(Number);
  /** Each on a connection of its own, so that any worker may have it. */
  const timestamp = async (gun: string): Promise<number> => {
    const answer = await fetch(`${server.url}/v2/${gun}/_trust/metadata/timestamp.json`, { headers: { Connection: 'close' } });
    const file = JSON.parse(await answer.text());
    return Number(file.signed.version);
  };

  it('shows every publish to every read that begins after it, and has the marks of all in one file', async () => {
    const { gun, signer, pin } = await found(server.url, folder.path, nameOf(0), false);
    const client = library({ server: server.url, folder: join(folder.path, 'publisher'), pin });
    for (let turn = 1; turn <= 10; turn += 1) {
      const entries = new Map([['v1', imageEntry({ digest: DIGEST, length: turn, mediaType: MEDIA_TYPE })]]);
      await client.publish(gun, { kind: 'entries', entries }, [signer]);
      const seen = await Promise.all(Array.from({ length: 12 }, () => timestamp(gun)));
      expect(seen).toEqual(seen.map(() => turn + 1));
    }
    const marks = await readFile(join(folder.path, 'data.high-water'), 'utf8');
    expect(marks).toContain(`["${gun} tuf",11,11,11]`);
  });

  it('tells the numbers of all of them, whichever is asked', async () => {
    let numbers = '';
    const processes = async (): Promise<string | undefined> => {
      const told = await fetch(`${server.metricsUrl}/metrics`, { headers: { Connection: 'close' } });
      numbers = await told.text();
      return /^countersign_processes (\d+)$/m.exec(numbers)?.[1];
    };
    await expect.poll(processes, { timeout: 20_000 }).toBe(String(WORKERS));
    const commits = [...numbers.matchAll(/^countersign_commits_total\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
    expect(commits).toBeGreaterThanOrEqual(11);
    expect(numbers).toMatch(/^countersign_ready 1$/m);
  });

  it('goes on when a worker is killed, and has another one in its place', async () => {
    const before = workers();
    expect(before).toHaveLength(WORKERS);
    process.kill(before[0] ?? 0, 'SIGKILL');
    await expect.poll(() => workers().filter((pid) => !before.includes(pid)).length, { timeout: 20_000 }).toBe(1);
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status, { timeout: 20_000 }).toBe(200);
    expect(await timestamp(nameOf(0))).toBe(11);
  });
});
