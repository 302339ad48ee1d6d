// What is shown before an import begins: of each repository how much there is, whose word its root is taken on, and what to know.
import { formatPin, ROOT, TIMESTAMP } from '@countersign/core';
import { counted } from '../counted.ts';
import { table } from '../table.ts';
import { type Found, type Survey, sizeOf } from './survey.ts';

export interface Planned {
  readonly gun: string;
  readonly trust: 'pinned' | 'first root on the word of the old server' | 'pinned, older roots on the word of the old server';
  readonly pin: string;
  readonly rootKeys: readonly string[];
  readonly roots: number;
  readonly current: Readonly<Record<string, number>>;
  /** Of what readers are led to, and of all roots; older versions come on top. */
  readonly bytes: number;
  readonly verifies: boolean;
  readonly timestampExpires: string | undefined;
  readonly standing: string | undefined;
  readonly warnings: readonly string[];
}

export function planned(found: Found): Planned {
  const { gun, copied, verdict, there } = found;
  const { pin, unpinned } = found.trust;
  const word = 'on the word of the old server' as const;
  return {
    gun,
    trust: pin === undefined ? `first root ${word}` : unpinned === 'refuse' ? 'pinned' : `pinned, older roots ${word}`,
    pin: pin === undefined ? verdict.pin : formatPin(pin),
    rootKeys: verdict.rootKeys,
    roots: verdict.roots,
    current: Object.fromEntries(copied.current),
    bytes: sizeOf(found),
    verifies: verdict.verifies,
    timestampExpires: verdict.roles.find(({ role }) => role === TIMESTAMP)?.expires,
    standing: there?.standing,
    warnings: [
      ...copied.problems,
      ...verdict.roles.flatMap(({ role, version, why }) => (why === undefined ? [] : [`${role} v${version ?? '?'}: ${why}`])),
    ],
  };
}

/** A line for each repository, and below it what to know. */
export function planText({ found }: Survey): string {
  const rows = found
    .map(planned)
    .map((one) => [
      one.gun,
      `${ROOT} v${one.current[ROOT] ?? '?'}`,
      counted(Object.keys(one.current).length, 'role'),
      `${one.bytes} bytes and older versions`,
      one.trust,
      one.standing === undefined || one.standing === 'nothing' ? '' : `there: ${one.standing}`,
    ]);
  const warnings = found.map(planned).flatMap(({ gun, warnings: some }) => some.map((warning) => `  ${gun}: ${warning}`));
  return [table(rows), ...warnings].filter((line) => line !== '').join('\n');
}
