// What a plan says, for people and for programs: who may sign before, and who after.
import type { KeyUse } from '@countersign/client';
import { type Fingerprint, shortFingerprint, TrustError } from '@countersign/core';
import { counted } from '../counted.ts';
import { CommandError } from '../errors.ts';
import type { Output } from '../output.ts';
import { table } from '../table.ts';
import type { Survey, Trusting } from './survey.ts';

export interface Exchange {
  readonly key: Fingerprint;
  readonly next: Fingerprint | undefined;
  /** What the plan is for: without a change it only says where the key is trusted. */
  readonly is: 'shown' | 'changed';
}

const keysText = ({ threshold }: Pick<KeyUse, 'threshold'>, keys: readonly Fingerprint[]): string =>
  `${threshold} of ${keys.map(shortFingerprint).join(',')}`;

function afterText(use: KeyUse, { left, lowered, refused }: Trusting, { key, next, is }: Exchange): string {
  if (is === 'shown') return '';
  if (refused !== undefined) return `-> refused: ${refused.message}`;
  if (left.some(({ role, by }) => role === use.role && by === use.by)) return '-> stays as it is';
  const others = use.keys.filter((one) => one !== key && one !== next);
  const threshold = lowered.find(({ role }) => role === use.role)?.threshold ?? use.threshold;
  return `-> ${keysText({ threshold }, next === undefined ? others : [...others, next])}`;
}

/** A line for each role that names the key. */
export function planRows(trusting: readonly Trusting[], exchange: Exchange): string {
  return table(
    trusting.flatMap((found) =>
      found.uses.map((use) => [found.gun, use.role, `in ${use.by}`, keysText(use, use.keys), afterText(use, found, exchange)]),
    ),
  );
}

export const useFacts = ({ role, by, threshold, keys, signed, entries }: KeyUse): object => ({
  role,
  by,
  threshold,
  keys,
  signed,
  entries,
});

export const planFacts = ({ gun, uses, touched, lowered, left, refused }: Trusting): object => ({
  gun,
  uses: uses.map(useFacts),
  touched: touched.map(({ role, version }) => ({ role, version })),
  lowered,
  left: left.map(({ role, by }) => ({ role, by })),
  ...(refused === undefined ? {} : { refused }),
});

/** What is not in the plan, and why: on stderr, a line for each that needs somebody. */
export function sayAround(output: Output, survey: Survey): void {
  const { unpinned, hidden, problems } = survey;
  for (const gun of hidden) output.say(`${gun}: known on this machine, and not on the list of the server`);
  for (const { gun, message } of problems) output.say(`${gun}: not verified: ${message}`);
  const shown = unpinned.slice(0, 10);
  if (unpinned.length > 0) {
    const more = unpinned.length > shown.length ? ` and ${unpinned.length - shown.length} more` : '';
    output.say(`not pinned here, and not looked at: ${shown.join(', ')}${more}`);
  }
}

/** What could not be verified may trust the key: no plan is whole without it. */
export function notSeen(survey: Survey, details: Readonly<Record<string, unknown>>): CommandError | TrustError | undefined {
  const { hidden, problems } = survey;
  const count = new Set([...hidden, ...problems.map(({ gun }) => gun)]).size;
  if (count === 0) return notPinned(survey, details);
  return new CommandError('incomplete', `${count} of the repositories that should be there could not be verified`, {
    details,
    next: 'the key may be trusted there: ask whoever runs the trust server, then look again',
  });
}

/** A name on the list of the server for which nothing says which root it should have was not looked at: the key may be trusted there. */
export function notPinned({ unpinned }: Survey, details: Readonly<Record<string, unknown>>): TrustError | undefined {
  if (unpinned.length === 0) return undefined;
  const text = `${counted(unpinned.length, 'repository has', 'repositories have')} no pin here, and may trust the key`;
  return new TrustError('untrusted-root', text, { details });
}
