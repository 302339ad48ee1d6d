// The units by systemd's own reader: no setting that it does not know, and as closed as it can tell without starting one.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../lab/countersign.ts';
import { missingTools } from '../../lab/tools.ts';
import { ours } from './tools.ts';

const missing = missingTools('systemd-analyze');
const UNITS = ['countersign.service', 'countersign-signer.service'];
const FILES = [...UNITS, 'countersign.service.d/postgresql.conf', 'countersign.service.d/signer.conf'];
/** Of 10: what `systemd-analyze security` calls OK ends at 4, and an ordinary service has more than 9. */
const MOST_EXPOSED = '1.5';

describe.skipIf(missing !== undefined)(`systemd-analyze${missing === undefined ? '' : `: ${missing}`}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'units-'));
    await cp(ours('deploy/systemd'), folder, { recursive: true });
    // It wants the program to be there, which is installed nowhere on this machine.
    for (const file of FILES) {
      const text = await readFile(join(folder, file), 'utf8');
      await writeFile(join(folder, file), text.replaceAll('/usr/local/bin/countersign', '/bin/true'));
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(UNITS)('knows every setting of %s', async (unit) => {
    expect(await runCommand('systemd-analyze', ['verify', join(folder, unit)])).toMatchObject({ exit: 0, stdout: '', stderr: '' });
  });

  it('would say if it knew one not', async () => {
    const misspelt = join(folder, 'misspelt.service');
    await writeFile(misspelt, (await readFile(join(folder, 'countersign.service'), 'utf8')).replace('ProtectSystem=', 'ProtectsSystem='));
    expect((await runCommand('systemd-analyze', ['verify', misspelt])).stderr).toContain('ProtectsSystem');
  });

  it.each(UNITS)('finds %s hardly exposed', async (unit) => {
    const words = ['security', '--offline=yes', `--threshold=${Number(MOST_EXPOSED) * 10}`, '--no-pager', join(folder, unit)];
    const { exit, stdout } = await runCommand('systemd-analyze', words);
    expect(exit, stdout).toBe(0);
  });
});
