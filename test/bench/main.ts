// `npm run bench`: one table, every ratio taken in this run on this machine. Name figures to run only those.
import { againstTufJs } from './against-tuf-js.ts';
import { hashBins } from './bins.ts';
import { libraryCpu } from './library-cpu.ts';
import { besideNotaryServer } from './notary/side-by-side.ts';
import { PRODUCTION } from './production/main.ts';
import { publishes } from './publishes.ts';
import { printTable, type Row } from './table.ts';
import { timestampReads } from './timestamp-reads.ts';
import { warmRequests } from './warm-requests.ts';
import { wholeProcess } from './whole-process.ts';

const FIGURES: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  'tuf-js': againstTufJs,
  cpu: libraryCpu,
  bins: hashBins,
  requests: warmRequests,
  reads: timestampReads,
  publishes,
  process: wholeProcess,
  notary: besideNotaryServer,
  ...PRODUCTION,
};

const chosen = process.argv.slice(2).flatMap((name) => (name === 'production' ? Object.keys(PRODUCTION) : [name]));
const unknown = chosen.filter((name) => FIGURES[name] === undefined);
if (unknown.length > 0) {
  console.error(`bench: wanted some of ${Object.keys(FIGURES).join(', ')}, got ${unknown.join(', ')}`);
  process.exit(2);
}
const rows: Row[] = [];
for (const [name, measure] of Object.entries(FIGURES)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  process.stderr.write(`bench: ${name}\n`);
  rows.push(...(await measure()));
}
console.log(`Node ${process.version}, ${process.platform} ${process.arch}\n`);
printTable(rows);
process.exitCode = rows.some((row) => row.reached === false) ? 1 : 0;
