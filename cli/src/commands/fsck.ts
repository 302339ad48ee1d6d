// `fsck`: whether everything that a trust server keeps is what was stored, and would be believed.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { FormatError } from '@countersign/core';
import type { FsckCounts, FsckStep } from '@countersign/trust-server';
import { counted, repositoriesCounted } from '../counted.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { Call, Handler } from '../tree/spec.ts';
import { partsAt } from '../whole-store/backup-place.ts';
import { serverStream } from '../whole-store/server-stream.ts';
import { storeCounted } from '../whole-store/store-counted.ts';
import { openHere, type WhichStore, whichStore } from '../whole-store/which-store.ts';

// More than this many are counted and not listed.
const MOST = 1000;

export const fsckCommand: Handler = async (call) => {
  const { output } = call;
  const found: { readonly gun?: string; readonly dialect?: string; readonly text: string }[] = [];
  let counts: FsckCounts | undefined;
  for await (const step of stepsOf(call)) {
    if (step.step === 'finding') {
      const { repository, text } = step.finding;
      if (found.length < MOST) found.push({ ...repository, text });
    } else if (step.step === 'progress') {
      output.progress(
        `${repositoriesCounted(step.counts.repositories)}, ${counted(step.counts.files, 'file')}, ${counted(step.counts.findings, 'finding')}`,
      );
    } else counts = step.counts;
  }
  if (counts === undefined) throw new FormatError('malformed', 'the check broke off before its end');
  const { repositories, files, records, marks, findings } = counts;
  const lines = found.map(({ gun, dialect, text }) => (gun === undefined ? text : `${gun} (${dialect}): ${text}`));
  const held = marks === undefined ? '' : `, ${counted(marks, 'high-water mark')}`;
  const summary = `${storeCounted(counts)}${held}: ${findings === 0 ? 'all as they were stored' : counted(findings, 'finding')}`;
  const error =
    findings === 0
      ? undefined
      : new CommandError(
          'damaged-store',
          `${counted(findings, 'thing in the store is not as it was', 'things in the store are not as they were')} stored`,
          { details: { findings } },
        );
  return {
    facts: { repositories, files, records, ...(marks === undefined ? {} : { marks }), count: findings, findings: found },
    text: [...lines, summary].join('\n'),
    error,
  };
};

async function* stepsOf(call: Call): AsyncGenerator<FsckStep> {
  const { world, given } = call;
  const backup = given.text('backup');
  if (backup !== undefined && ['data', 'store', 'store-file', 'server'].some((name) => given.text(name) !== undefined)) {
    throw new UsageError('bad-arguments', '--backup: wanted without --data, --store and --server');
  }
  const which: WhichStore | undefined = backup === undefined ? await whichStore(call) : undefined;
  if (which?.kind === 'server') {
    if (given.text('high-water') !== undefined)
      throw new UsageError('bad-arguments', '--high-water: wanted without a server, which knows its own', {
        next: 'name the folder or the database too, with --data or --store',
      });
    yield* fromLines(serverStream(call, which.server, 'fsck'));
    return;
  }
  const { backupFirst, backupLast, fsck, offlineRules, readBackup, unpackTar } = await import('@countersign/trust-server');
  const highWater = marksOf(call, which);
  if (which === undefined) {
    const parts = partsAt(resolve(world.cwd, backup ?? ''), { unpackTar, names: [backupFirst, backupLast] });
    yield* fsck(readBackup(parts), await offlineRules({ data: undefined, highWater }));
    return;
  }
  const store = await openHere(which);
  try {
    const rules = await offlineRules({ data: which.kind === 'folder' ? which.data : undefined, highWater });
    yield* fsck(store.dump(), rules);
  } finally {
    await store.close();
  }
}

/** The file that --high-water names, or the one beside a data folder, where `serve` keeps it when it is told no other place. */
function marksOf({ world, given, output }: Call, which: Exclude<WhichStore, { kind: 'server' }> | undefined): string | undefined {
  const named = given.text('high-water');
  if (named !== undefined) return resolve(world.cwd, named);
  const usual = which?.kind === 'folder' ? `${which.data}.high-water` : undefined;
  if (usual !== undefined && existsSync(usual)) return usual;
  // A backup may well be older than the marks.
  if (which !== undefined) output.say('not held against high-water marks: --high-water names the file that they are in');
  return undefined;
}

/** What a server says, a line of JSON for each step. Its words are shown, and nothing follows from them but the exit status. */
async function* fromLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<FsckStep> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > 65_536) throw new FormatError('malformed', 'the server sent a line without an end');
    for (const line of lines) yield readStep(line);
  }
}

function readStep(line: string): FsckStep {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new FormatError('malformed', 'the server sent a line that is not JSON', { cause });
  }
  if (isStep(value)) return value;
  throw new FormatError('malformed', 'the server sent a line that is no step of a check');
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

function isStep(value: unknown): value is FsckStep {
  if (!isObject(value)) return false;
  const { step, finding, counts } = value;
  if (step === 'finding') {
    const repository = isObject(finding) ? finding['repository'] : undefined;
    const named =
      repository === undefined ||
      (isObject(repository) && typeof repository['gun'] === 'string' && typeof repository['dialect'] === 'string');
    return isObject(finding) && typeof finding['text'] === 'string' && named;
  }
  const numbers = ['repositories', 'files', 'records', 'findings'];
  if (!isObject(counts) || (counts['marks'] !== undefined && !Number.isSafeInteger(counts['marks']))) return false;
  return (step === 'progress' || step === 'done') && numbers.every((name) => Number.isSafeInteger(counts[name]));
}
