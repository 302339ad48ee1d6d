import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../testing/machine.ts';
import { type Town, town } from '../testing/town.ts';

const GUN = 'files/tools';

describe('the folder of a mirror', () => {
  let stand: Town;
  let host: Machine;
  beforeEach(async () => {
    stand = await town();
    host = stand.publisher;
    await run('init', GUN);
  });
  afterEach(() => stand.close());

  const run = async (...argv: readonly string[]): Promise<Record<string, unknown>> => (await host.run(...argv, '--output', 'json')).json;
  const base = (): string => join(host.folder, 'mirror', 'v2', GUN, '_trust', 'metadata');

  it('tells a file that changed in its folder from a server that tells two stories', async () => {
    const to = ['mirror', 'export', GUN, '--to', 'mirror'] as const;
    expect(await run(...to)).toMatchObject({ ok: true });
    const path = join(base(), '1.targets.json');
    const [timestamp, whole] = [await readFile(join(base(), 'timestamp.json')), await readFile(path)];
    await run('sign', `${GUN}:v1`, '--digest', `sha256:${'ab'.repeat(32)}`, '--length', '7');
    const flipped = Buffer.from(whole);
    flipped[40] = (flipped[40] ?? 0) ^ 1;
    for (const bytes of [flipped, Buffer.alloc(0)]) {
      await writeFile(path, bytes);
      const damaged = { ok: false, exit: 1, code: 'damaged-mirror', message: expect.stringContaining(path), details: { path } };
      expect(await run(...to)).toMatchObject({ ...damaged, next: expect.stringContaining('export anew') });
      expect([await readFile(path), await readFile(join(base(), 'timestamp.json'))]).toEqual([bytes, timestamp]);
    }
    await rm(path);
    expect(await run(...to)).toMatchObject({ ok: true });
    expect(await readFile(path)).toEqual(whole);
    // As if the server had given that one before.
    const [name = ''] = (await readdir(join(host.folder, 'mirror', '.countersign-mirror'))).filter((one) => one.endsWith('.json'));
    const state = join(host.folder, 'mirror', '.countersign-mirror', name);
    const sum = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
    const [body = ''] = (await readFile(state, 'utf8')).replace(sum(whole), sum(flipped)).split('\n');
    await writeFile(path, flipped);
    await writeFile(state, `${body}\n${sum(body)}\n`);
    expect(await run(...to)).toMatchObject({ ok: false, exit: 19, code: 'equivocation', message: expect.stringContaining(path) });
    // What the mirror remembers is damaged: neither `rollback` nor an empty memory.
    await writeFile(state, `${body.replace('"timestamp":', '"timestamp":9')}\n${sum(body)}\n`);
    expect(await run(...to)).toMatchObject({ ok: false, exit: 1, code: 'damaged-mirror', message: expect.stringContaining(state) });
  });

  it('refuses a place that it cannot write to, by its name', async () => {
    await writeFile(join(host.folder, 'file'), '');
    await mkdir(join(host.folder, 'taken', 'v2'), { recursive: true });
    await writeFile(join(host.folder, 'taken', 'v2', GUN.split('/')[0] ?? ''), '');
    for (const place of ['file', 'file/below', 'taken', ...(existsSync('/proc/self') ? ['/proc/x', '/proc/x/y'] : [])]) {
      const refused = {
        ok: false,
        exit: 1,
        code: 'system',
        message: expect.stringContaining(place),
        next: expect.stringContaining('--to'),
      };
      expect(await run('mirror', 'export', GUN, '--to', place)).toMatchObject(refused);
    }
  });
});
