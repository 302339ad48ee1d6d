// `npm run fuzz -- --count N --seed N`: prints what became of the files; exit 1 with the seed and the file when a claim does not hold.
import { randomInt } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fuzz } from './fuzz.ts';

const { values } = parseArgs({ options: { count: { type: 'string', default: '100000' }, seed: { type: 'string' } } });
const seed = Number(values.seed ?? randomInt(2 ** 32));
const count = Number(values.count);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || count < 1) throw new Error('wanted whole numbers: --count N --seed N');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const heapNow = (): number => {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
};
// By then every memory that has a bound has reached it; what grows after that has none.
const WARM = Math.min(100_000, Math.floor(count / 2000) * 1000);
const GROWTH_MIB = 32;
let warmHeap: number | undefined;
// A long run that is interrupted tells what it saw.
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (stopped = true));

const started = performance.now();
const report = await fuzz({
  seed,
  count,
  async onProgress(done) {
    if (done === WARM) warmHeap = heapNow();
    if (done % 100_000 === 0) process.stderr.write(`${done} files\n`);
    await setImmediate(); // so that a signal is heard
    return stopped ? 'stop' : 'go on';
  },
});
const seconds = (performance.now() - started) / 1000;
const { done } = report;
const growth = warmHeap === undefined ? 0 : heapNow() - warmHeap;
const lines = [
  `seed ${seed}`,
  `${done} files in ${seconds.toFixed(1)} s, ${Math.round(done / seconds)} a second, ${report.resigned} of them signed again by their keys`,
  `slowest file ${report.longest.toFixed(1)} ms${warmHeap === undefined ? '' : `, heap grew by ${growth.toFixed(1)} MiB after the first ${WARM}`}`,
  ...[...report.outcomes].sort(([, one], [, other]) => other - one).map(([code, times]) => `${String(times).padStart(10)} ${code}`),
];
process.stdout.write(`${lines.join('\n')}\n`);
if (growth > GROWTH_MIB) {
  process.stdout.write(`memory is not flat: it grew by ${growth.toFixed(1)} MiB, wanted at most ${GROWTH_MIB}\n`);
  process.exitCode = 1;
}
if (report.finding !== undefined) {
  const { round, role, why, file } = report.finding;
  const path = join(await mkdtemp(join(tmpdir(), 'countersign-fuzz-')), `${role}.json`);
  await writeFile(path, file);
  process.stdout.write(`finding in file ${round}, a ${role}: ${why}\nkept at ${path}; again with --seed ${seed} --count ${round + 1}\n`);
  process.exitCode = 1;
}
