// How an import ended: a line for each repository, and a failure when anything is left that somebody has to see to.
import type { CountersignError } from '@countersign/core';
import { counted, repositoriesNeed } from '../counted.ts';
import { CommandError } from '../errors.ts';
import type { Outcome } from '../output.ts';
import { table } from '../table.ts';
import type { Brought } from './bring.ts';
import { bytesOf, type Copied } from './copied.ts';
import type { Word } from './journal.ts';
import { planned } from './plan-text.ts';
import type { Found, Refused } from './survey.ts';

export interface Result {
  readonly found: Found;
  readonly word: Word;
  readonly copied?: Copied;
  readonly brought?: Brought;
  readonly error?: CountersignError;
}

/** One failure is told as itself, so that its exit status says what it was; several as `incomplete`. */
export function conclude(
  results: readonly Result[],
  refused: readonly Refused[],
  about: { readonly from: string; readonly to: string; readonly journal: string; readonly owners: readonly string[] },
): Outcome {
  const failures = [...refused, ...results.flatMap(({ found, error }) => (error === undefined ? [] : [{ gun: found.gun, error }]))];
  const repositories = results.map(factsOf);
  const facts = {
    ...about,
    count: repositories.filter(({ outcome }) => outcome !== 'failed').length,
    repositories,
    refused: refused.map(({ gun, error }) => ({ gun, code: error.code, message: error.message })),
  };
  const rows = [
    ...repositories.map(({ gun, outcome, files, detail }) => [outcome, gun, files === undefined ? '' : counted(files, 'file'), detail]),
    ...refused.map(({ gun, error }) => ['refused', gun, '', withoutName(gun, error.message)]),
  ];
  const [first] = failures;
  if (first === undefined) return { facts, text: table(rows) };
  const error =
    failures.length === 1
      ? first.error
      : new CommandError('incomplete', `${repositoriesNeed(failures.length)} somebody to look at`, {
          details: { repositories: failures.map(({ gun }) => gun) },
        });
  return { facts, text: table(rows), error };
}

function factsOf({ found, word, copied, brought, error }: Result) {
  const { warnings, ...plan } = planned(copied === undefined ? found : { ...found, copied });
  const leftOut = brought?.leftOut ?? [];
  const count = brought?.leftOutCount ?? 0;
  return {
    ...plan,
    warnings: [...warnings, ...leftOut.map(({ role, version, why }) => `left out ${role} v${version}: ${why}`)],
    outcome: word.at === 'done' ? word.outcome : 'failed',
    files: copied?.files.length,
    bytes: copied === undefined ? plan.bytes : bytesOf(copied.files),
    added: word.at === 'done' ? word.added : 0,
    leftOut,
    leftOutCount: count,
    detail:
      (error && withoutName(found.gun, error.message)) ??
      (count === 0 ? `roots v1 to v${plan.current['root'] ?? '?'}` : `${counted(count, 'file')} left out`),
    ...(error === undefined ? {} : { code: error.code, message: error.message }),
  };
}

/** The row says already whose it is. */
export const withoutName = (gun: string, message: string): string =>
  message.startsWith(`${gun}: `) ? message.slice(gun.length + 2) : message;
