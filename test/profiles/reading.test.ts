// docs/reference/profiles.md, "Reading": every row is true, and nothing that is tested is left out of the page.
import type { Simulator } from '@countersign/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { published } from '../attacks/victims/story.ts';
import { verdictOn } from './cases.ts';
import { rowsOfPage } from './page.ts';
import { rowsWithCases } from './rows.ts';

const WORDS: Readonly<Record<string, string>> = { accepted: 'read', unsigned: 'matches nothing' };
const rows = [...rowsWithCases()];

let honest: Simulator;
beforeAll(async () => {
  honest = await published(['v1']);
});

it('the page has the rows that are tested, and no others', () => {
  const tested = rows.map(([{ what, verdict }]) => `${what}: ${WORDS[verdict] ?? `\`${verdict}\``}`);
  expect(rowsOfPage('Reading').map(({ what, verdict }) => `${what}: ${verdict}`)).toEqual(tested);
});

describe.each(rows.map(([row, cases]) => [row.verdict, row.what, cases] as const))('%s: %s', (verdict, _, cases) => {
  it('is true of at least one file', () => expect(cases.length).toBeGreaterThan(0));

  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    expect(verdictOn(await one.make(honest))).toBe(verdict);
  });
});
