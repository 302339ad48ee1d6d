// `node assemble.mjs OUT`: lays down in OUT/node_modules what `npm install countersign` would install, out of this checkout once it is
// built. Our packages come out of `npm pack`, so they hold what npm would publish and nothing else; the others are those that the lock
// file names, copied from where `npm ci` checked them. Needs no network, and leaves out whatever only development needs.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [out] = process.argv.slice(2);
if (out === undefined) {
  console.error('usage: node assemble.mjs OUT');
  process.exit(2);
}
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));

/** Where Node finds `name` from a package at `from`: in the nearest node_modules above it. */
function found(from, name) {
  for (let at = from; ; at = dirname(at)) {
    const place = at === '.' || at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (at === '.' || at === '') return undefined;
  }
}

/** Every place in the lock file that the program needs to run, ours by the folder they are made in. */
function needed(start) {
  const places = new Set([start]);
  for (const place of places) {
    const { dependencies = {}, optionalDependencies = {} } = packages[place];
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const at = found(place, name);
      if (at === undefined && dependencies[name] !== undefined) throw new Error(`${place} needs ${name}, which the lock file lacks`);
      if (at !== undefined) places.add(packages[at].link === true ? packages[at].resolved : at);
    }
  }
  return [...places];
}

const places = needed('cli');
const ours = places.filter((place) => !place.startsWith('node_modules/'));
const theirs = places.filter((place) => place.startsWith('node_modules/'));
const target = resolve(out);
mkdirSync(target, { recursive: true });
for (const place of theirs) {
  // Packages inside of others are places of their own, and come when it is their turn.
  const inside = join(root, place, 'node_modules');
  cpSync(join(root, place), join(target, place), { recursive: true, filter: (from) => from !== inside });
}
const archives = mkdtempSync(join(tmpdir(), 'assemble-'));
try {
  const workspaces = ours.flatMap((place) => ['--workspace', place]);
  const said = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', archives, ...workspaces], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  });
  for (const { name, filename } of Object.values(JSON.parse(said))) {
    const folder = join(target, 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    execFileSync('tar', ['-xzf', join(archives, filename), '--strip-components=1', '-C', folder]);
  }
} finally {
  rmSync(archives, { recursive: true, force: true });
}
console.log(`${ours.length} packages of ours, ${theirs.length} of others`);
