// Builds the Docker command lines that no package of Debian has, for docker-program.ts: `node build-docker-clients.mjs [VERSION…]`.
// Needs Go, and one to two minutes for each. They stay in the cache folder of whoever runs it, and never enter the repository.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

// Their own lists of dependencies, but for commits of docker/docker that only existed on a branch.
const VERSIONS = { '24.0.7': undefined, '25.0.1': undefined, '26.1.5': '26.1.5', '27.5.0': '27.5.0', '28.5.2': undefined };

const cache = join(homedir(), '.cache/countersign-interop/docker');
mkdirSync(cache, { recursive: true });
const go = (cwd, ...args) =>
  execFileSync('go', args, { cwd, encoding: 'utf8', env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' } });

for (const version of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(VERSIONS)) {
  const program = join(cache, `docker-${version}`);
  if (existsSync(program)) continue;
  const source = mkdtempSync(join(tmpdir(), 'docker-cli-'));
  try {
    const { Dir } = JSON.parse(go(source, 'mod', 'download', '-json', `github.com/docker/cli@v${version}+incompatible`));
    cpSync(Dir, source, { recursive: true });
    execFileSync('chmod', ['-R', 'u+w', source]);
    // A module that is older than modules: its list is under another name.
    cpSync(join(source, 'vendor.mod'), join(source, 'go.mod'));
    cpSync(join(source, 'vendor.sum'), join(source, 'go.sum'));
    const engine = VERSIONS[version];
    if (engine !== undefined) go(source, 'mod', 'edit', '-require', `github.com/docker/docker@v${engine}+incompatible`);
    go(source, 'build', '-o', program, '-ldflags', `-X github.com/docker/cli/cli/version.Version=${version}`, './cmd/docker');
    console.log(program);
  } finally {
    rmSync(source, { recursive: true, force: true });
  }
}
