// The plan of the house, held against the sources: ranks of packages, rooms of core, doors, lengths, and the page of error codes.
import { describe, expect, it } from 'vitest';
import { errorCodes } from './architecture/error-codes.ts';
import { readText, type SourceFile, shipped, sources, workspaces } from './architecture/sources.ts';

const LONGEST_FILE = 220;

// What each workspace may import, by folder. Nobody but tests imports testkit, and nobody imports the command line.
const CORE = '@countersign/core';
const RANK_1 = ['@countersign/http', '@countersign/crypto-native'];
const RANK_2 = ['@countersign/client', '@countersign/registry', '@countersign/signers', '@countersign/store'];
const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map([
  ['packages/core', []],
  ['packages/http', [CORE]],
  ['packages/crypto-native', [CORE]],
  ['packages/client', [CORE, ...RANK_1]],
  ['packages/registry', [CORE, ...RANK_1]],
  ['packages/signers', [CORE, ...RANK_1]],
  ['packages/store', [CORE, ...RANK_1]],
  ['packages/testkit', [CORE, ...RANK_1, ...RANK_2, '@countersign/trust-server']],
  ['services/trust', [CORE, ...RANK_1, ...RANK_2]],
  ['services/signer', [CORE, ...RANK_1, ...RANK_2]],
  ['cli', [CORE, ...RANK_1, ...RANK_2, '@countersign/trust-server', '@countersign/signer-server']],
]);

// A file of core imports only from its own room and from those to the left.
const ROOMS = ['errors', 'bytes', 'json', 'names', 'crypto', 'model', 'formats', 'verify', 'trust', 'workflow', 'edit', 'index'];

const ours = new Set(workspaces.map((workspace) => workspace.name));
const DOORS = new Set([...ours, '@countersign/store/contract']);
const core = shipped.filter((file) => file.workspace.folder === 'packages/core');

/** All imports of `files` that `broken` objects to, as lines that a person can act upon. */
function violations(
  files: readonly SourceFile[],
  broken: (file: SourceFile, at: SourceFile['imports'][number]) => boolean,
): readonly string[] {
  return files.flatMap((file) => file.imports.filter((at) => broken(file, at)).map((at) => `${file.path} imports ${at.specifier}`));
}

describe('packages', () => {
  it('are seen at all', () => {
    expect(sources.length).toBeGreaterThan(60);
    expect(sources.flatMap((file) => file.imports).length).toBeGreaterThan(200);
    expect([...MAY_IMPORT.keys(), 'test'].sort()).toEqual(workspaces.map((workspace) => workspace.folder).sort());
  });

  it('import only what stands below them', () => {
    const broken = violations(shipped, (file, at) => {
      const allowed = MAY_IMPORT.get(file.workspace.folder) ?? [];
      return at.package !== undefined && ours.has(at.package) && !allowed.includes(at.package);
    });
    expect(broken).toEqual([]);
  });

  it('declare what they import', () => {
    const broken = violations(shipped, (file, at) => {
      return at.package !== undefined && at.package !== 'node:' && !file.workspace.dependencies.has(at.package);
    });
    expect(broken).toEqual([]);
  });

  it('are entered by their doors only, by tests too', () => {
    const broken = violations(sources, (file, at) => {
      if (at.package !== undefined && ours.has(at.package)) return !DOORS.has(at.specifier);
      const home = file.test ? `${file.workspace.folder}/` : `${file.workspace.folder}/src/`;
      return at.path !== undefined && !at.path.startsWith(home);
    });
    expect(broken).toEqual([]);
  });

  it('ship nothing that is made for tests', () => {
    const tests = new Set(sources.filter((file) => file.test).map((file) => file.path));
    expect(violations(shipped, (_, at) => at.path !== undefined && tests.has(at.path))).toEqual([]);
  });

  it('name relative imports by the file that is there', () => {
    const paths = new Set(sources.map((file) => file.path));
    expect(violations(sources, (_, at) => at.path !== undefined && !paths.has(at.path))).toEqual([]);
  });
});

describe('core', () => {
  it('imports nothing but itself and noble', () => {
    expect(violations(core, (_, at) => at.package !== undefined && !at.package.startsWith('@noble/'))).toEqual([]);
  });

  it('has one file that imports noble-ed25519', () => {
    const files = core.filter((file) => file.imports.some((at) => at.package === '@noble/ed25519'));
    expect(files.map((file) => file.path)).toHaveLength(1);
  });

  it('has rooms that look to the left only', () => {
    const roomOf = (path: string): number => ROOMS.indexOf((path.split('/')[3] ?? '').replace(/\.ts$/, ''));
    const homeless = core.filter((file) => roomOf(file.path) < 0 && !file.path.endsWith('.d.ts')).map((file) => file.path);
    expect(homeless).toEqual([]);
    expect(violations(core, (file, at) => at.path !== undefined && roomOf(at.path) > roomOf(file.path))).toEqual([]);
  });

  it('waits for nobody, and takes randomness from its caller', () => {
    const impure = /^(?!\s*(?:\/\/|\*|\/\*)).*(?:\basync\b|\bawait\b|\bMath\.random\b)/m;
    expect(core.filter((file) => impure.test(file.text)).map((file) => file.path)).toEqual([]);
  });
});

describe('files', () => {
  it('import each other in no circle', () => {
    expect(firstCircle(shipped)).toEqual([]);
  });

  it(`have at most ${LONGEST_FILE} lines`, () => {
    const lengths = shipped.map((file) => ({ path: file.path, lines: file.text.split('\n').length - 1 }));
    expect(lengths.filter(({ lines }) => lines > LONGEST_FILE).map(({ path, lines }) => `${path} has ${lines} lines`)).toEqual([]);
  });

  it('say in their first line what they are for', () => {
    const silent = shipped.filter((file) => file.text !== 'export {};\n' && !/^(?:#!.*\n)?(?:\/\/ |\/\*\*)/.test(file.text));
    expect(silent.map((file) => file.path)).toEqual([]);
  });
});

describe('docs/reference/errors.md', () => {
  const page = readText('docs/reference/errors.md');
  const codes = errorCodes();

  it('has one heading for each code, and none for others', () => {
    const headings = [...page.matchAll(/^### `([^`]+)`$/gm)].map(([, code = '']) => code);
    expect(headings.sort()).toEqual([...codes.keys()].sort());
  });

  it.each([...codes.keys()])('tells of %s what it means, why it happens and what to do', (code) => {
    const [, section = ''] = page.split(`### \`${code}\`\n`);
    const [own = ''] = section.split(/^#/m);
    for (const word of ['Meaning', 'Cause', 'Do']) expect(own).toContain(`- **${word}:** `);
  });
});

describe('docs/adr', () => {
  const rows = [...readText('docs/adr/0011-dependencies.md').matchAll(/^\| `([^`]+)` \|[^|]+\| ([^|]+) \|$/gm)];
  const places = new Map(rows.map(([, name = '', where = '']) => [name, [...where.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)]));

  it('names every dependency of what is shipped', () => {
    const declared = workspaces.filter((workspace) => workspace.folder !== 'test').flatMap((workspace) => [...workspace.dependencies]);
    expect([...places.keys()].sort()).toEqual([...new Set(declared)].filter((name) => !ours.has(name)).sort());
  });

  it('names every place that imports one', () => {
    const broken = violations(shipped, (file, at) => {
      const allowed = places.get(at.package ?? '');
      return allowed !== undefined && !allowed.some((place) => file.path === place || file.path.startsWith(`${place}/`));
    });
    expect(broken).toEqual([]);
  });
});

/** The paths along one circle of imports, types included, or nothing. */
function firstCircle(files: readonly SourceFile[]): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const at of byPath.get(path)?.imports ?? []) {
      const circle = at.path === undefined ? [] : visit(at.path, [...trail, path]);
      if (circle.length > 0) return circle;
    }
    done.add(path);
    return [];
  };
  for (const path of byPath.keys()) {
    const circle = visit(path, []);
    if (circle.length > 0) return circle;
  }
  return [];
}
