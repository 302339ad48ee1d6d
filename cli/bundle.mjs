// Bundles the command line for Node. `verify` starts before every pull, so it lives with the parser in one script, main.cjs, holding
// nothing that it does not need; every other command is a file of its own, loaded when it is asked for, with code of its own: what
// passes between the two is data and functions, because a class of one is none of the other. Then a rehearsal leaves V8's code cache
// beside the script. Skipped while nothing it reads has changed.
import { spawnSync } from 'node:child_process';
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
    return undefined; // an input is gone: the bundle must be made anew
  }
};

function isCurrent() {
  if (!existsSync(stampFile) || !existsSync(`${out}/main.cjs`)) return false;
  const { inputs, stamp } = JSON.parse(readFileSync(stampFile, 'utf8'));
  return stamp !== undefined && stampOf(inputs) === stamp;
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
      // Servers keep their own modules, the native store among them: each is loaded as the package it is.
      if (path === '@countersign/trust-server' || path === '@countersign/signer-server') return { path, external: true };
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

/** What is loaded when it is asked for is left to the files that the other build makes. */
const lazily = {
  name: 'lazily',
  setup(bundler) {
    bundler.onResolve({ filter: /^(?:\.\.\/commands\/[a-z-]+|\.\/ask-terminal|\.\/tree\/words)\.ts$/ }, ({ path, kind }) => {
      if (kind !== 'dynamic-import') return undefined;
      return { path: path.replace(/^\.\.?\//, './').replace(/\.ts$/, '.js'), external: true };
    });
  },
};

const common = {
  absWorkingDir: root,
  outdir: draft,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  charset: 'utf8',
  metafile: true,
  define: { COUNTERSIGN_BUILT_AT: JSON.stringify(buildDay()) },
  logLevel: 'warning',
};

/** Without a code cache the program works all the same, and starts later. */
function rehearse(folder) {
  const { status, stderr } = spawnSync(process.execPath, [`${root}cli/rehearsal.mjs`, folder], { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) console.error(`bundle: no code cache, because the rehearsal failed\n${stderr.trim()}`);
}

if (!isCurrent()) {
  mkdirSync(draft, { recursive: true });
  const folder = 'cli/src/commands';
  const commands = readdirSync(`${root}${folder}`).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const built = await Promise.all([
    build({
      ...common,
      entryPoints: { main: 'cli/src/main.ts' },
      // CommonJS in Latin-1: loading ES modules, and text of two bytes a character, cost every start some milliseconds.
      format: 'cjs',
      outExtension: { '.js': '.cjs' },
      charset: 'ascii',
      minify: true,
      // V8 forgets whose `import()` it is when a script comes out of its cache: the loader hands one in.
      banner: { js: '(function (exports, require, module, __filename, __dirname, importModule) {' },
      footer: { js: '})' },
      plugins: [lazily, sources],
    }),
    build({
      ...common,
      format: 'esm',
      // Commander is CommonJS and asks for modules of Node.
      banner: {
        js: "import { createRequire as createRequireOfNode } from 'node:module'; const require = createRequireOfNode(import.meta.url);",
      },
      entryPoints: [...commands.map((name) => `${folder}/${name}`), 'cli/src/ask-terminal.ts', 'cli/src/tree/words.ts'],
      outbase: 'cli/src',
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      plugins: [sources],
    }),
  ]);
  const inputs = [
    ...new Set(built.flatMap(({ metafile }) => Object.keys(metafile.inputs))),
    'cli/bundle.mjs',
    'cli/rehearsal.mjs',
    'package-lock.json',
  ];
  const script = `${draft}/main.cjs`;
  writeFileSync(script, readFileSync(script, 'latin1').replaceAll(/\bimport\(/g, 'importModule('), 'latin1');
  rehearse(draft);
  writeFileSync(`${draft}/.inputs.json`, JSON.stringify({ stamp: stampOf(inputs), inputs }));
  rmSync(out, { recursive: true, force: true });
  renameSync(draft, out);
}
