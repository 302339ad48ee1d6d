// TUF's official conformance suite, where a checkout of it is at hand: it is not ours to keep, and this fetches nothing but its
// dependencies.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../lab/countersign.ts';
import { missingTools } from '../lab/tools.ts';

const checkout = process.env['COUNTERSIGN_TUF_CONFORMANCE'] ?? '';

function whatIsMissing(): string | undefined {
  if (checkout === '') return 'COUNTERSIGN_TUF_CONFORMANCE names no checkout of theupdateframework/tuf-conformance';
  if (!existsSync(join(checkout, 'pyproject.toml'))) return `${checkout} is no checkout of tuf-conformance`;
  return missingTools('python3', 'faketime');
}
const without = whatIsMissing();

describe.skipIf(without !== undefined)(`the official conformance suite${without === undefined ? '' : ` (skipped: ${without})`}`, () => {
  it('passes as a whole, with nothing left out and nothing expected to fail', { timeout: 1_200_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-tuf-conformance-'));
    const python = join(folder, 'venv', 'bin', 'python');
    const run = async (command: string, args: readonly string[]): Promise<string> => {
      const { exit, stdout, stderr } = await runCommand(command, args);
      if (exit !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${exit}\n${stdout.slice(-8000)}\n${stderr.slice(-2000)}`);
      return stdout;
    };
    try {
      await run('python3', ['-m', 'venv', join(folder, 'venv')]);
      await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', checkout]);
      const program = fileURLToPath(new URL('../conformance/client', import.meta.url));
      const tests = join(checkout, 'tuf_conformance');
      const said = await run(python, [
        '-m',
        'pytest',
        '-q',
        '-p',
        'no:cacheprovider',
        '--rootdir',
        checkout,
        tests,
        '--entrypoint',
        program,
      ]);
      const result = said.trim().split('\n').at(-1) ?? '';
      console.log(`tuf-conformance: ${result}`);
      expect(result).toMatch(/^[1-9][0-9]{2,} passed in /);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
