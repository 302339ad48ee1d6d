// What the architecture test judges: every source file of every workspace, with what it imports. Read from the text alone, because
// the claims are about what people wrote and not about what a compiler made of it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

export interface Workspace {
  /** Folder below the root, with slashes. */
  readonly folder: string;
  readonly name: string;
  /** Names that shipped code may import: `dependencies` and `peerDependencies`. */
  readonly dependencies: ReadonlySet<string>;
}

export interface SourceFile {
  /** Path below the root, with slashes. */
  readonly path: string;
  readonly workspace: Workspace;
  /** Tests, and what stands in a folder `test` or `testing`. */
  readonly test: boolean;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Import {
  readonly specifier: string;
  /** For a relative import, the path below the root that it names. */
  readonly path: string | undefined;
  /** For another import, the package that it names; `node:` for the modules of Node. */
  readonly package: string | undefined;
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

// `import … from 'x'`, `export … from 'x'`, `import 'x'` and `import('x')`. The formatter puts each at the start of a line, and
// writes strings with single quotes; a statement ends at its semicolon, so none can reach into the next.
const STATEMENT = /^(?:import|export)\b[^;'"]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\(\s*'([^']+)'/gm;

export const workspaces: readonly Workspace[] = ['packages', 'services']
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
  .concat('cli', 'test')
  .map(readWorkspace);

export const sources: readonly SourceFile[] = workspaces.flatMap((workspace) => {
  if (workspace.folder === 'test') return walk('test').map((path) => readSource(path, workspace));
  const folders = [`${workspace.folder}/src`, `${workspace.folder}/test`].filter((folder) => existsSync(join(root, folder)));
  return folders.flatMap((folder) => walk(folder).map((path) => readSource(path, workspace)));
});

/** The files that are shipped or run by people: no tests, and nothing below test/. */
export const shipped: readonly SourceFile[] = sources.filter((file) => !file.test);

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function readWorkspace(folder: string): Workspace {
  const manifest: Manifest = JSON.parse(readText(`${folder}/package.json`));
  const names = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})];
  return { folder, name: manifest.name, dependencies: new Set(names) };
}

function walk(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : walk(path);
    return /\.(ts|tsx|mts|mjs|js)$/.test(entry.name) ? [path] : [];
  });
}

function readSource(path: string, workspace: Workspace): SourceFile {
  const text = readText(path);
  const test = /\.test\.tsx?$|\/src\/testing\/|(^|\/)test\//.test(path);
  return { path, workspace, test, text, imports: specifiersIn(text).map((specifier) => resolveImport(path, specifier)) };
}

function specifiersIn(text: string): readonly string[] {
  return [...text.matchAll(STATEMENT)].map(([, a, b, c]) => a ?? b ?? c ?? '');
}

function resolveImport(from: string, specifier: string): Import {
  if (specifier.startsWith('.')) {
    const path = relative(root, resolve(root, dirname(from), specifier))
      .split(sep)
      .join('/');
    return { specifier, path, package: undefined };
  }
  if (specifier.startsWith('node:')) return { specifier, path: undefined, package: 'node:' };
  const parts = specifier.split('/');
  return { specifier, path: undefined, package: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/') };
}
