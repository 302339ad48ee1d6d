// Bundles the conformance client into one file, dist/client.mjs: Node 20 reads no TypeScript, and the suite starts it some hundred times.
import { mkdirSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const packages = fileURLToPath(new URL('../../packages/', import.meta.url));
const draft = `${here}dist/client.${process.pid}.draft.mjs`;
mkdirSync(`${here}dist`, { recursive: true });
await build({
  entryPoints: [`${here}main.ts`],
  outfile: draft,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
  plugins: [
    {
      name: 'sources',
      setup(bundler) {
        bundler.onResolve({ filter: /^@countersign\/[a-z-]+$/ }, ({ path }) => ({
          path: `${packages}${path.slice('@countersign/'.length)}/src/index.ts`,
        }));
      },
    },
  ],
});
// In its place when it is whole, so that a program that starts meanwhile finds the one before.
renameSync(draft, `${here}dist/client.mjs`);
