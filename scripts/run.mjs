// Runs a TypeScript program of this repository (`node scripts/run.mjs test/tour/main.ts …`): Node 20 reads no TypeScript.
// Our own packages stay imports, so the program runs against what `tsc -b` built.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const [program = '', ...args] = process.argv.slice(2);
// Below node_modules, so that imports by name resolve from there.
const outdir = `${root}node_modules/.cache/countersign`;
mkdirSync(outdir, { recursive: true });
const outfile = `${outdir}/${program.replace(/[^a-z0-9]+/gi, '-')}.mjs`;
await build({
  entryPoints: [`${root}${program}`],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'error',
});
const child = spawn(process.execPath, [outfile, ...args], {
  stdio: 'inherit',
  env: { ...process.env, COUNTERSIGN_REPOSITORY_ROOT: root },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
