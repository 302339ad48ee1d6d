// How a campaign ended: a line for each repository, and a failure when anything is left that somebody has to see to.

import { repositoriesNeed } from '../counted.ts';
import { CommandError } from '../errors.ts';
import type { Outcome, Output } from '../output.ts';
import { table } from '../table.ts';
import type { JournalHead, Progress } from './journal-lines.ts';
import { notPinned } from './plan-text.ts';
import { sayLeft } from './say-left.ts';
import type { Survey } from './survey.ts';

export interface Ended {
  readonly head: JournalHead;
  readonly journal: string;
  readonly words: readonly Progress[];
  readonly survey: Survey;
}

/** Throws CommandError `incomplete` with all the facts; the lines are printed before. What was done, was done where there is a pin. */
export function conclude(output: Output, { head, journal, words, survey }: Ended): Outcome {
  const { unpinned, hidden, problems } = survey;
  const refused = survey.trusting.flatMap(({ gun, refused: why }) => (why === undefined ? [] : [{ gun, ...why }]));
  const standing = survey.trusting.filter(({ touched, refused: why }) => why === undefined && touched.length === 0);
  const left = standing.map(({ gun, left: uses }) => ({ gun, left: uses.map(({ role, by }) => `${role} in ${by}`) }));
  const repositories = [...words].sort((one, other) => (one.gun < other.gun ? -1 : 1)).map(factsOf);
  const facts = {
    kind: head.kind,
    key: head.key,
    ...(head.next === undefined ? {} : { to: head.next }),
    journal,
    count: repositories.length,
    repositories,
    refused,
    left,
    unpinned,
    hidden,
    problems,
  };
  const text = table(repositories.map(({ gun, outcome, detail }) => [gun, outcome, detail]));
  const undone = [
    ...repositories.filter(({ outcome }) => outcome !== 'done'),
    ...refused,
    ...left,
    ...problems,
    ...hidden.map((gun) => ({ gun })),
  ].map(({ gun }) => gun);
  if (undone.length === 0) return { facts, text, error: notPinned(survey, facts) };
  if (output.format === 'text') output.result({ facts, text });
  sayLeft(output, refused, left);
  const count = new Set([...undone, ...unpinned]).size;
  throw new CommandError('incomplete', `${repositoriesNeed(count)} somebody to look at`, {
    details: facts,
  });
}

function factsOf(word: Progress): { readonly gun: string; readonly outcome: string; readonly detail: string } & Record<string, unknown> {
  const { gun } = word;
  if (word.at === 'failed') return { gun, outcome: 'failed', detail: word.message, code: word.code };
  if (word.at === 'begin') return { gun, outcome: 'unknown', detail: 'begun, and not ended' };
  const versions = Object.entries(word.versions).map(([role, version]) => `${role} v${version}`);
  const outcome = word.left.length === 0 ? 'done' : 'left';
  const detail = [versions.join(' '), ...word.left.map((role) => `left: ${role}`)].join(' ').trim();
  return { gun, outcome, detail, versions: word.versions, signed: word.signed, left: word.left };
}
