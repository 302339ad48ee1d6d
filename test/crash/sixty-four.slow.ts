// 64 `countersign sign` processes on one repository, 64 tags, all at once: everybody gets through.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { machine, PROGRAM, runCommand, serve, temporaryFolder } from '../lab/countersign.ts';

const PROCESSES = 64;
const GUN = 'registry.example.com/team/busy';
const DIGEST = `sha256:${'64'.repeat(32)}`;

describe('64 publishers of one repository', () => {
  it('all exit 0, and all 64 tags are listed', async () => {
    const folder = await temporaryFolder();
    const server = await serve(join(folder.path, 'data'));
    try {
      const { countersign, env } = machine(folder.path, server.url);
      await countersign(['init', GUN]);
      const started = Date.now();
      const outcomes = await Promise.all(
        Array.from({ length: PROCESSES }, (_, index) =>
          runCommand(process.execPath, [PROGRAM, 'sign', `${GUN}:tag-${index}`, '--digest', DIGEST, '--length', '1'], env),
        ),
      );
      expect(outcomes.filter((outcome) => outcome.exit !== 0).map((outcome) => `${outcome.exit} ${outcome.stderr}`)).toEqual([]);
      const listed = JSON.parse((await countersign(['list', GUN, '--output', 'json'])).stdout);
      const tags = new Set(listed.entries.map((entry: { readonly name: string }) => entry.name));
      expect(Array.from({ length: PROCESSES }, (_, index) => `tag-${index}`).filter((tag) => !tags.has(tag))).toEqual([]);
      console.log(`sixty-four: ${PROCESSES} of ${PROCESSES} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    } finally {
      await server.kill('SIGTERM');
      await folder.remove();
    }
  });
});
