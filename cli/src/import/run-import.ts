// `import notary`: look, show, confirm, then one repository after the other: copy, write down, bring.
import { type Env, formatInstant, type Gun, type ImportTrust, notary, type RootPin, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { confirm } from '../confirm.ts';
import { counted, repositoriesCounted, repositoriesNeed } from '../counted.ts';
import { CommandError } from '../errors.ts';
import { aloneIn } from '../fleet/alone.ts';
import type { Folders } from '../folders.ts';
import type { Outcome } from '../output.ts';
import type { Call } from '../tree/spec.ts';
import { type Archive, openArchive } from './archive.ts';
import { bring } from './bring.ts';
import { type Copied, inOrder } from './copied.ts';
import { copyCurrent } from './copy-current.ts';
import { copyHistory } from './copy-history.ts';
import { type Journal, openJournal, type Word } from './journal.ts';
import { isOfOne, type NewServer } from './new-server.ts';
import type { OldServer } from './old-server.ts';
import { ownerSteps } from './owner-steps.ts';
import { planned, planText } from './plan-text.ts';
import { conclude, type Result, withoutName } from './result.ts';
import { type Found, type Survey, survey } from './survey.ts';
import { verdictOf } from './verdict.ts';

/** Where repositories come from. */
export type Source = { readonly kind: 'server'; readonly server: OldServer } | { readonly kind: 'archive'; readonly archive: Archive };
/** Where they go. */
export type Target = { readonly kind: 'server'; readonly server: NewServer } | { readonly kind: 'archive'; readonly archive: Archive };

export interface Undertaken {
  readonly guns: readonly Gun[];
  readonly source: Source;
  readonly target: Target;
  readonly pins: ReadonlyMap<Gun, RootPin>;
  /** What is believed of roots that no pin speaks of. */
  readonly unpinned: ImportTrust['unpinned'];
  readonly folders: Folders;
}

/** What this machine knows at this moment, in the dialect of Notary. */
const notaryEnv = (now: Env['now']): Env => ({ now, limits: STANDARD_LIMITS, crypto: nativeCryptography(), dialect: notary });

export const archiveAt = (path: string, now: Env['now']): Archive => openArchive(path, notaryEnv(now));

export async function runImport(call: Call, undertaken: Undertaken): Promise<Outcome> {
  const { world, given, output } = call;
  const { guns, source, target, pins, folders } = undertaken;
  const env = notaryEnv(world.now());
  const looked = await survey(guns, {
    current: async (gun) => (source.kind === 'server' ? await copyCurrent(gun, source.server, env) : source.archive.read(gun)),
    pins,
    unpinned: undertaken.unpinned,
    target: target.kind === 'server' ? target.server : undefined,
    env,
    progress: (text) => output.progress(text),
  });
  const what =
    target.kind === 'archive'
      ? `copy ${many(looked)} into ${target.archive.path}`
      : `import ${many(looked)} into ${target.server.url.host}`;
  output.say(`to ${what}:`);
  if (looked.found.length > 0) output.say(planText(looked));
  for (const { gun, error } of looked.refused) output.say(`refused: ${gun}: ${withoutName(gun, error.message)}`);
  if (given.flag('dry-run')) return dryRun(looked);
  if (looked.found.length > 0) await confirm(world, given, `Shall I ${what}?`);
  return await aloneIn(
    folders.state,
    world,
    async () => {
      const from = source.kind === 'server' ? source.server.url.href : source.archive.path;
      const to = target.kind === 'server' ? target.server.url.href : target.archive.path;
      const journal = openJournal(
        folders.state,
        { kind: target.kind === 'server' ? 'import' : 'archive', from, to },
        formatInstant(env.now),
      );
      try {
        if (journal.before.size > 0) output.say(`going on with ${journal.path}`);
        const results: Result[] = [];
        for (const [index, found] of looked.found.entries()) {
          const progress = (count: number): void => {
            if (count % 50 === 0) output.progress(`${index + 1} of ${looked.found.length}: ${found.gun}, ${counted(count, 'file')}`);
          };
          results.push(await carryOut(found, undertaken, journal, env, progress));
        }
        if (results.every(({ word }) => word.at === 'done') && looked.refused.length === 0) journal.end(formatInstant(world.now()));
        const owners = target.kind === 'server' ? nextSteps(looked.found, results, target.server) : [];
        for (const line of owners) output.say(line);
        return conclude(results, looked.refused, { from, to, journal: journal.path, owners });
      } finally {
        journal.close();
      }
    },
    'import',
  );
}

async function carryOut(
  found: Found,
  { source, target }: Undertaken,
  journal: Journal,
  env: Env,
  progress: (count: number) => void,
): Promise<Result> {
  const { gun, trust } = found;
  const write = (word: Word): Word => {
    journal.write(word);
    return word;
  };
  write({ at: 'begin', gun });
  try {
    const copied = await wholeOf(found.copied, source, target, env, progress);
    if (target.kind === 'archive') {
      const was = target.archive.has(gun) ? target.archive.read(gun).files.length : 0;
      if (copied.files.length > was || source.kind === 'archive')
        await target.archive.write(copied, verdictOf(copied, trust.pin, env), originOf(source), formatInstant(env.now));
      const added = copied.files.length - was;
      return {
        found,
        copied,
        word: write({ at: 'done', gun, outcome: added === 0 ? 'already' : 'archived', files: copied.files.length, added }),
      };
    }
    const brought = await bring(copied, trust, target.server, env);
    // What an earlier run brought, and was stopped before it could say so, counts as brought.
    const before = journal.before.get(gun);
    const again = brought.outcome === 'already' && before !== undefined;
    const word = write({
      at: 'done',
      gun,
      outcome: again ? 'imported' : brought.outcome,
      files: copied.files.length,
      added: brought.added,
    });
    return { found, copied, word, brought };
  } catch (error) {
    if (!isOfOne(error)) throw error;
    return { found, word: write({ at: 'failed', gun, code: error.code, message: error.message }), error };
  }
}

/** Everything that the source has. An archive is whole; what it keeps of an earlier copy need not be asked for again. */
async function wholeOf(copied: Copied, source: Source, target: Target, env: Env, progress: (count: number) => void): Promise<Copied> {
  if (source.kind === 'archive') return copied;
  const have = async (role: Parameters<Archive['file']>[1], version: Parameters<Archive['file']>[2]) =>
    target.kind === 'archive' ? target.archive.file(copied.gun, role, version) : undefined;
  const whole = await copyHistory(copied, { server: source.server, env, have, progress });
  if (target.kind !== 'archive' || !target.archive.has(copied.gun)) return whole;
  // What an older archive holds, and the server does not have any more, stays.
  const known = new Set(whole.files.map(({ role, version }) => `${version} ${role}`));
  const older = target.archive.read(copied.gun).files.filter(({ role, version }) => !known.has(`${version} ${role}`));
  return { ...whole, files: inOrder([...whole.files, ...older]) };
}

const originOf = (source: Source): string => (source.kind === 'server' ? source.server.url.href : source.archive.path);

function dryRun(looked: Survey): Outcome {
  const refused = looked.refused.map(({ gun, error }) => ({ gun, code: error.code, message: error.message }));
  const facts = { count: looked.found.length, repositories: looked.found.map(planned), refused };
  const [first] = looked.refused;
  const text = looked.found.map(({ gun }) => gun).join('\n');
  return {
    facts,
    text,
    ...(first === undefined ? {} : { error: looked.refused.length === 1 ? first.error : incomplete(looked.refused.length) }),
  };
}

const incomplete = (count: number): CommandError => new CommandError('incomplete', `${repositoriesNeed(count)} somebody to look at`);

function nextSteps(found: readonly Found[], results: readonly Result[], server: NewServer): readonly string[] {
  const done = new Set(results.filter(({ word }) => word.at === 'done').map(({ found: one }) => one.gun));
  return ownerSteps(
    found.filter(({ gun }) => done.has(gun)),
    server.url,
  );
}

function many({ found }: Survey): string {
  return repositoriesCounted(found.length);
}
