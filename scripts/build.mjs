// Builds every workspace with one incremental `tsc -b`, then bundles the command line and the conformance client.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => `${root}node_modules/.bin/${name}`;
const run = (command, args) => {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

run(bin('tsc'), ['-b', ...process.argv.slice(2)]);
if (existsSync(`${root}cli/bundle.mjs`)) run(process.execPath, ['cli/bundle.mjs']);
if (existsSync(`${root}test/conformance/bundle.mjs`)) run(process.execPath, ['test/conformance/bundle.mjs']);
