import { copyFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Machine, machine, type Running } from '../testing/machine.ts';

const GUN = 'files/tools';
const DIGEST = `sha256:${'ab'.repeat(32)}`;

describe('backup, restore and fsck', () => {
  let host: Machine;
  let running: Running | undefined;
  beforeEach(async () => {
    host = await machine();
  });
  afterEach(async () => {
    await stop();
    await host.remove();
  });

  async function serve(...options: readonly string[]): Promise<string> {
    running = host.begin(
      'serve',
      '--listen',
      '127.0.0.1:0',
      '--log',
      'silent',
      '--data',
      'data',
      '--high-water',
      'marks/high-water',
      ...options,
    );
    const url = await running.firstLine;
    host.env = { ...host.env, COUNTERSIGN_SERVER: url };
    return url;
  }
  async function stop(): Promise<void> {
    running?.stop();
    await running?.result;
    running = undefined;
  }
  const run = async (...argv: readonly string[]): Promise<Record<string, unknown>> => (await host.run(...argv, '--output', 'json')).json;
  const sign = async (tag: string): Promise<void> => {
    expect(await run('sign', `${GUN}:${tag}`, '--digest', DIGEST, '--length', '7')).toMatchObject({ ok: true });
  };
  const path = (...names: readonly string[]): string => join(host.folder, ...names);

  it('makes a backup of a server that works, and restores what it was at that moment', async () => {
    await serve();
    const { stdout: pin } = await host.run('init', GUN);
    await sign('v1');
    const made = await run('backup', '--to', 'live.tar');
    expect(made).toMatchObject({ ok: true, repositories: 1, records: 2, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await run('fsck')).toMatchObject({ ok: true, repositories: 1, count: 0 });
    await stop();
    expect(await run('fsck', '--data', 'data')).toMatchObject({ ok: true, records: 2, count: 0 });
    expect(await run('fsck', '--backup', 'live.tar')).toMatchObject({ ok: true, records: 2, count: 0 });
    await rename(path('data', 'store'), path('lost'));
    expect(await run('restore', 'live.tar', '--data', 'data', '--sha256', `sha256:${made['sha256']}`)).toMatchObject({
      ok: true,
      repositories: 1,
    });
    await serve();
    expect(await run('inspect', GUN)).toMatchObject({ pin: pin.trim() });
    await sign('v2');
    expect(await run('list', GUN)).toMatchObject({ entries: [{ name: 'v1' }, { name: 'v2' }] });
  });

  it('has no keys and no marks in it, and may be a folder', async () => {
    await serve();
    await host.run('init', GUN);
    await stop();
    expect(await run('backup', '--data', 'data', '--to', 'parts')).toMatchObject({ ok: true });
    const key = (await readFile(path('data', 'master.key'), 'utf8')).trim();
    for (const name of await readdir(path('parts'))) {
      expect(name).toMatch(/^(countersign-backup\.json|part-[0-9]{8}-[0-9a-f]{64}\.jsonl|end\.json)$/);
      const text = await readFile(path('parts', name), 'utf8');
      expect(text).not.toContain(key);
      expect(text).not.toContain(Buffer.from(key).toString('base64').slice(4, -4));
    }
    expect(await run('restore', 'parts', '--data', 'other')).toMatchObject({ ok: true });
    expect(await readdir(path('other'))).toEqual(['store']);
  });

  it('finds nothing in a repository of Notary, whose roots are certificates that begin and end', async () => {
    await serve();
    expect(await run('init', '--dialect', 'notary', 'registry.example.com/team/app')).toMatchObject({ ok: true });
    expect(await run('fsck')).toMatchObject({ ok: true, repositories: 1, count: 0 });
  });

  it('takes the place of nothing: neither another backup nor a store', async () => {
    await serve();
    await host.run('init', GUN);
    await stop();
    await run('backup', '--data', 'data', '--to', 'one.tar');
    expect(await run('backup', '--data', 'data', '--to', 'one.tar')).toMatchObject({ ok: false, code: 'exists' });
    expect(await run('backup', '--data', 'data', '--to', 'unmounted/one.tar')).toMatchObject({ ok: false, code: 'not-here' });
    expect(await run('restore', 'one.tar', '--data', 'data')).toMatchObject({ ok: false, code: 'store-exists' });
    const forced = await run('restore', 'one.tar', '--data', 'data', '--force');
    expect(forced).toMatchObject({ ok: true, aside: expect.stringContaining('store.before-') });
    expect(await readdir(String(forced['aside']))).toContain('CURRENT');
    expect(await run('restore', 'one.tar', '--data', 'fresh', '--sha256', 'ab'.repeat(32))).toMatchObject({
      code: 'other-backup',
      exit: 15,
    });
    expect(await run('fsck', '--data', 'fresh')).toMatchObject({ code: 'not-here' });
    // A server may begin there: nobody was told that something was restored.
    expect(await readdir(path('fresh'))).toEqual([]);
  });

  it('refuses a folder that a server has open', async () => {
    await serve();
    await host.run('init', GUN);
    await run('backup', '--to', 'one.tar');
    for (const argv of [
      ['backup', '--data', 'data', '--to', 'two.tar'],
      ['fsck', '--data', 'data'],
      ['restore', 'one.tar', '--data', 'data', '--force'],
    ]) {
      expect(await run(...argv)).toMatchObject({ ok: false, code: 'locked' });
    }
    await sign('v1');
  });

  it('refuses a backup that was changed or cut off, and leaves everything as it was', async () => {
    await serve();
    await host.run('init', GUN);
    await stop();
    await run('backup', '--data', 'data', '--to', 'one.tar');
    const whole = await readFile(path('one.tar'));
    const changed = Buffer.from(whole);
    changed[2000] = (changed[2000] ?? 0) ^ 1;
    for (const bytes of [changed, whole.subarray(0, whole.length / 2), whole.subarray(0, -1500), Buffer.alloc(0)]) {
      await writeFile(path('bad.tar'), bytes);
      expect(await run('restore', 'bad.tar', '--data', 'data', '--force')).toMatchObject({ ok: false, code: 'damaged' });
      expect((await run('fsck', '--backup', 'bad.tar'))['ok']).toBe(false);
    }
    expect(await run('fsck', '--data', 'data')).toMatchObject({ ok: true });
    await serve();
    await sign('v1');
  });

  it('serves and signs nothing of what changed since an old backup was made, and says why', async () => {
    const url = await serve();
    await host.run('init', GUN);
    await host.run('init', 'files/quiet');
    await sign('v1');
    await sign('v2');
    await run('backup', '--to', 'old.tar');
    await sign('v3');
    await sign('v4');
    await stop();
    expect(await run('restore', 'old.tar', '--data', 'data', '--force')).toMatchObject({ ok: true });
    const behind = { ok: false, code: 'damaged-store', exit: 1, marks: 2, count: 1, findings: [{ gun: GUN, dialect: 'tuf' }] };
    expect(await run('fsck', '--data', 'data', '--high-water', 'marks/high-water')).toMatchObject(behind);
    expect(await run('fsck', '--backup', 'old.tar', '--high-water', 'marks/high-water')).toMatchObject(behind);
    const unheld = await host.run('fsck', '--data', 'data');
    expect([unheld.exit, unheld.stderr]).toEqual([0, expect.stringContaining('--high-water')]);
    expect(await run('fsck', '--data', 'data', '--high-water', 'marks/none')).toMatchObject({ ok: false, code: 'system' });
    const again = await serve();
    expect(again).not.toBe('');
    expect(await run('fsck')).toMatchObject(behind);
    expect(await run('fsck', '--high-water', 'marks/high-water')).toMatchObject({ exit: 2 });
    const answer = await fetch(`${again}/v2/${GUN}/_trust/metadata/timestamp.json`);
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { code: 'restored-store', detail: expect.stringContaining('an old copy was restored') },
    ]);
    const refused = await run('sign', `${GUN}:v5`, '--digest', DIGEST, '--length', '7');
    expect(refused).toMatchObject({ ok: false, exit: 20 });
    expect(await run('inspect', 'files/quiet')).toMatchObject({ ok: true });
    expect(url).not.toBe('');
    // The newest store turns up: everything goes on.
    await stop();
    const [aside = ''] = (await readdir(path('data'))).filter((name) => name.startsWith('store.before-'));
    await rm(path('data', 'store'), { recursive: true });
    await cp(path('data', aside), path('data', 'store'), { recursive: true });
    await serve();
    await sign('v5');
  });

  it('does not start on what a restore left that was killed, and restores it anew', async () => {
    await serve();
    await host.run('init', GUN);
    await stop();
    await run('backup', '--data', 'data', '--to', 'one.tar');
    // Between the two renames, as kill -9 would leave it.
    await rename(path('data', 'store'), path('data', 'store.before-1'));
    await mkdir(path('data', 'store.restoring'));
    await copyFile(path('data', 'store.before-1', 'CURRENT'), path('data', 'store.restoring', 'CURRENT'));
    expect(await run('serve', '--listen', '127.0.0.1:0', '--data', 'data', '--high-water', 'marks/high-water')).toMatchObject({
      code: 'half-restored',
    });
    expect(await run('restore', 'one.tar', '--data', 'data')).toMatchObject({ ok: true });
    await serve();
    await sign('v1');
  });
});
