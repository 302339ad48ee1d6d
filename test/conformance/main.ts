// The program: this machine's clock and standard error.
import { formatInstant, parseInstant } from '@countersign/core';
import { runConformanceClient } from './client.ts';

const now = () => parseInstant(`${new Date().toISOString().slice(0, 19)}Z`, 'now');
process.exitCode = await runConformanceClient(process.argv.slice(2), {
  now,
  say: (line) => process.stderr.write(`${formatInstant(now())} ${line}\n`),
});
