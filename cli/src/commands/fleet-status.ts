// `fleet status`: the journals of this machine, or what a report says and who signed it.
import { shortFingerprint } from '@countersign/core';
import { lastWords, listJournals } from '../fleet/journal.ts';
import { readReport } from '../fleet/report.ts';
import { foldersOf } from '../folders.ts';
import { typedLater } from '../given.ts';
import type { Outcome } from '../output.ts';
import { readGivenFile } from '../read-file.ts';
import { table } from '../table.ts';
import type { Call, Handler } from '../tree/spec.ts';

const MOST_BYTES = 256 * 1024 * 1024;

export const fleetStatus: Handler = async (call) => {
  const { world, given, output } = call;
  const file = given.text('report');
  if (file !== undefined) return reportOutcome(call, file);
  const { state } = foldersOf(world, given.text('trust-dir'));
  const journals = listJournals(state).map(({ path, head, progress, ended }) => {
    const words = lastWords(progress);
    const done = [...words.values()].filter(({ last }) => last.at === 'done').length;
    return {
      path,
      head,
      ended,
      done,
      repositories: head.repositories.map((gun) => ({ gun, state: words.get(gun)?.last.at ?? 'waiting' })),
    };
  });
  if (journals.length === 0) output.say(`no campaign was begun on this machine (${state})`);
  const rows = journals.map(({ head, ended, done, repositories }) => [
    head.started,
    head.kind,
    `${shortFingerprint(head.key)}${head.next === undefined ? '' : ` -> ${shortFingerprint(head.next)}`}`,
    `${done} of ${repositories.length}`,
    ended === undefined ? 'not ended' : `ended ${ended}`,
  ]);
  const facts = journals.map(({ path, head, ended, done, repositories }) => ({
    ...head,
    journal: path,
    ended,
    done,
    count: repositories.length,
    repositories,
  }));
  return { facts: { campaigns: facts }, text: table(rows) };
};

async function reportOutcome({ world, output }: Call, file: string): Promise<Outcome> {
  const bytes = await readGivenFile(world, file, MOST_BYTES);
  const report = await typedLater('--report', async () => readReport(bytes));
  const done = report.rows.filter(({ outcome }) => outcome === 'done').length;
  output.say(`signed by ${report.signer}: ${report.kind} of ${shortFingerprint(report.key)}, ${done} of ${report.rows.length} done`);
  return { facts: { ...report, done }, text: table(report.rows.map(({ gun, outcome }) => [gun, outcome])) };
}
