// An import that is killed and begun again: every commit that was acknowledged is there, none is there by halves, and bringing the
// whole history once more ends where an undisturbed import ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { appInNotary, change, newFile, recordOf, role, served } from '../contract/samples.ts';
import { openLevelStore } from './open.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'countersign-killed-'));
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

const COMMITS = 400;
const roles = ['root', 'snapshot', 'targets', 'targets/releases'];
const versionsOf = (commit: number): readonly number[] => [3 * commit + 1, 3 * commit + 3];
const filesOf = (commit: number) => roles.flatMap((name) => versionsOf(commit).map((number) => newFile(name, number)));

// What `filesOf` makes, in a process that can be killed. It runs what was built.
const importer = `
import { createHash } from 'node:crypto';
import { draftRecord, openLevelStore } from '@countersign/store';
const store = await openLevelStore(process.argv[1]);
const repository = { gun: ${JSON.stringify(appInNotary.gun)}, dialect: 'notary' };
const fileOf = (role, version) => {
  const bytes = Buffer.from(role + ' v' + version);
  return { role, version, bytes, digest: 'sha256:' + createHash('sha256').update(bytes).digest('hex') };
};
let head;
for (let commit = 0; commit < ${COMMITS}; commit += 1) {
  const files = ${JSON.stringify(roles)}.flatMap((role) => [3 * commit + 1, 3 * commit + 3].map((version) => fileOf(role, version)));
  const record = draftRecord(head, { repository, kind: 'import', time: 0, files, signers: [] });
  head = await store.commit(repository, head?.revision ?? 'new', { files, record, claims: [] });
  console.log(commit);
}`;

it.each([0, 7, 60])('goes on after kill -9 behind commit %i', async (last) => {
  const folder = join(parent, 'store');
  const acknowledged = await killedAfter(folder, last);
  const store = await openLevelStore(folder);
  try {
    let head = await store.head(appInNotary);
    const kept = head?.seq ?? 0;
    expect(kept).toBeGreaterThan(acknowledged);
    for (const name of roles) expect(head?.files.get(role(name))?.version).toBe(3 * (kept - 1) + 3);
    for (let commit = 0; commit < kept + 2; commit += 1) {
      const files = filesOf(commit);
      const record = recordOf(appInNotary, head, { files }, 'import');
      head = await store.commit(appInNotary, head?.revision ?? 'new', change({ files, record }));
    }
    for (let commit = 0; commit < kept + 2; commit += 1) {
      for (const { role: name, version } of filesOf(commit))
        expect(await served(store, appInNotary, name, version)).toBe(`${name} v${version}`);
    }
    const records = await store.records({ repository: appInNotary, limit: 1000 });
    const repeats = records.slice(kept, kept + kept).map(({ record }) => record.changed);
    expect(new Set(repeats.flat())).toEqual(new Set());
    expect(records.slice(-2).map(({ record }) => record.changed)).toEqual([roles, roles]);
  } finally {
    await store.close();
  }
});

/** The last commit that was acknowledged before the process died. */
async function killedAfter(folder: string, commit: number): Promise<number> {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const child = spawn(process.execPath, ['--input-type=module', '-e', importer, folder], {
    cwd: here,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  let acknowledged = -1;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    if (acknowledged >= commit) child.kill('SIGKILL');
  }
  expect(await gone).toEqual([null, 'SIGKILL']);
  return acknowledged;
}
