// Commits changes that were judged before, through the store and nothing else, as so many publishers at once as there are repositories.
// Its argument: a database and a file with the commits. Each line says how many commits of each, and for how
// many milliseconds at most; the answer is how many were kept a second.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { deserialize } from 'node:v8';
import { openPostgresStore } from '@countersign/store';
import type { Commit } from './judged.ts';

const { url, file }: { readonly url: string; readonly file: string } = JSON.parse(process.argv[2] ?? '{}');
const lines: readonly (readonly Commit[])[] = deserialize(await readFile(file));
const patience = { readTimeout: 10_000, lockTimeout: 10_000, statementTimeout: 30_000, reconnectTimeout: 5000 };
const store = await openPostgresStore(url, { applicationName: 'countersign replay', connections: 4, ...patience });
const next = lines.map(() => 0);
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [most = 0, milliseconds = 0]: readonly number[] = JSON.parse(line);
  const start = performance.now();
  let [kept, isOver] = [0, false];
  await Promise.all(
    lines.map(async (commits, index) => {
      for (let turn = 0; turn < most && !isOver; turn += 1) {
        const commit = commits[next[index] ?? 0];
        if (commit === undefined) throw new Error('no commit is left');
        await store.commit(commit.repository, commit.expected, commit.change);
        kept += 1;
        next[index] = (next[index] ?? 0) + 1;
        isOver ||= performance.now() - start >= milliseconds || next[index] === commits.length;
      }
    }),
  );
  console.log((1000 * kept) / (performance.now() - start));
}
await store.close();
