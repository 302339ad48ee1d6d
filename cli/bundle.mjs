// Bundles the command line for Node. `verify` starts before every pull, so it lives with the parser in one file, main.js, holding
// nothing that it does not need; every other command is a file of its own, loaded when it is asked for, with code of its own: what
// passes between the two is data and functions, because a class of one is none of the other. Names stay readable, so that
// a stack trace and a curious reader find their way. Skipped while nothing it reads has changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = `${root}cli/dist/bundle`;
// Made beside it and put in its place when it is whole, so that a program that runs meanwhile finds one or the other.
const draft = `${out}.${process.pid}.draft`;
const stampFile = `${out}/.inputs.json`;

/** What a file was when it was read: its size and time are enough to notice an edit. */
const stateOf = (path) => {
  const { size, mtimeMs } = statSync(`${root}${path}`);
  return `${path} ${size} ${mtimeMs}`;
};

const stampOf = (paths) => {
  try {
    return createHash('sha256').update(paths.map(stateOf).join('\n')).digest('hex');
  } catch {
    return 'an input is gone'; // then the bundle must be made anew
  }
};

function isCurrent() {
  if (!existsSync(stampFile) || !existsSync(`${out}/main.js`)) return false;
  const { inputs, stamp } = JSON.parse(readFileSync(stampFile, 'utf8'));
  return stampOf(inputs) === stamp;
}

/** The day of this build, or of SOURCE_DATE_EPOCH for builds that must come out the same: a clock that shows less is wrong. */
function buildDay() {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  const time = epoch === undefined ? Date.now() : Number(epoch) * 1000;
  return `${new Date(time).toISOString().slice(0, 10)}T00:00:00Z`;
}

/** Our packages are bundled from their sources, and none of their files does anything by being imported. */
const sources = {
  name: 'sources',
  setup(bundler) {
    bundler.onResolve({ filter: /^@countersign\/[a-z-]+$/ }, ({ path }) => {
      // The server keeps its own modules, the native store among them: it is loaded as the package it is.
      if (path === '@countersign/trust-server') return { path, external: true };
      return { path: `${root}packages/${path.slice('@countersign/'.length)}/src/index.ts`, sideEffects: false };
    });
    // Relative imports of sources: resolved as always, and marked free of side effects, so that what a command does not use is left out.
    bundler.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => ({
      path: fileURLToPath(new URL(path, `file://${resolveDir}/`)),
      sideEffects: false,
    }));
    // The store's database is native and belongs to the server; of the store, commands use only what reads records.
    bundler.onResolve({ filter: /^level$/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
  },
};

/** Commands beside `verify`, and the questions at a terminal, are left to the files that the other build makes. */
const lazily = {
  name: 'lazily',
  setup(bundler) {
    bundler.onResolve({ filter: /^(?:\.\.\/commands\/[a-z-]+|\.\/ask-terminal)\.ts$/ }, ({ path, kind }) => {
      if (kind !== 'dynamic-import' || path === '../commands/verify.ts') return undefined;
      return { path: path.replace(/^\.\.?\//, './').replace(/\.ts$/, '.js'), external: true };
    });
  },
};

const common = {
  absWorkingDir: root,
  outdir: draft,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  charset: 'utf8',
  metafile: true,
  define: { COUNTERSIGN_BUILT_AT: JSON.stringify(buildDay()) },
  // Commander is CommonJS and asks for modules of Node.
  banner: {
    js: "import { createRequire as createRequireOfNode } from 'node:module'; const require = createRequireOfNode(import.meta.url);",
  },
  logLevel: 'warning',
};

if (!isCurrent()) {
  mkdirSync(draft, { recursive: true });
  const folder = 'cli/src/commands';
  const commands = readdirSync(`${root}${folder}`).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'verify.ts',
  );
  const built = await Promise.all([
    build({ ...common, entryPoints: { main: 'cli/src/main.ts' }, plugins: [lazily, sources] }),
    build({
      ...common,
      entryPoints: [...commands.map((name) => `${folder}/${name}`), 'cli/src/ask-terminal.ts'],
      outbase: 'cli/src',
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      plugins: [sources],
    }),
  ]);
  const inputs = [...new Set(built.flatMap(({ metafile }) => Object.keys(metafile.inputs))), 'cli/bundle.mjs', 'package-lock.json'];
  writeFileSync(`${draft}/.inputs.json`, JSON.stringify({ stamp: stampOf(inputs), inputs }));
  rmSync(out, { recursive: true, force: true });
  renameSync(draft, out);
}
