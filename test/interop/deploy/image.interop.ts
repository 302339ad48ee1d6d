// The image without a registry to take its base from: what the first stage would lay down comes out of this checkout, this machine's Node
// stands for the base, and the instructions of the last stage are the Dockerfile's own, read by Debian's Docker. With
// COUNTERSIGN_IMAGE_BUILD=1 the whole Dockerfile is built on that base, which takes minutes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, runCommand } from '../../lab/countersign.ts';
import { type DockerDaemon, daemonObstacle, startDockerDaemon } from '../notary/docker-daemon.ts';
import { layNode } from './node-base.ts';
import { ours, toolsWith } from './tools.ts';

const dockerfile = await readFile(ours('deploy/docker/Dockerfile'), 'utf8');
const linter = toolsWith('python/bin/hadolint');
const obstacle = await daemonObstacle();

it.skipIf('missing' in linter)(`hadolint finds nothing in the Dockerfile${'missing' in linter ? `: ${linter.missing}` : ''}`, async () => {
  const hadolint = join('folder' in linter ? linter.folder : '', 'python/bin/hadolint');
  expect(await runCommand(hadolint, [ours('deploy/docker/Dockerfile')])).toEqual({ exit: 0, stdout: '', stderr: '' });
});

describe.skipIf(obstacle !== undefined)(`the image${obstacle === undefined ? '' : `: ${obstacle}`}`, () => {
  let place: string;
  let daemon: DockerDaemon;
  beforeAll(async () => {
    // A short path, because sockets stand in it.
    place = await mkdtemp(join(tmpdir(), 'cs-'));
    daemon = await startDockerDaemon(join(place, 'd'));
    await layNode(join(place, 'base'));
  });
  afterAll(async () => {
    await daemon?.close();
    await rm(place, { recursive: true, force: true, maxRetries: 5 });
  });

  const docker = async (...args: readonly string[]): Promise<Outcome> => {
    const env = { PATH: process.env['PATH'], DOCKER_HOST: daemon.host, DOCKER_BUILDKIT: '0', HOME: place };
    return await runCommand('docker', args, env);
  };
  const did = async (...args: readonly string[]): Promise<string> => {
    const { exit, stdout, stderr } = await docker(...args);
    if (exit !== 0) throw new Error(`docker ${args.join(' ')}: exit ${exit}\n${stdout.slice(-3000)}${stderr.slice(-3000)}`);
    return stdout.trim();
  };
  const load = async (folder: string, name: string, changes: readonly string[]): Promise<void> => {
    const archive = join(place, 'archive.tar');
    expect(await runCommand('tar', ['-C', folder, '-cf', archive, '.'])).toMatchObject({ exit: 0 });
    await did('import', ...changes.flatMap((change) => ['--change', change]), archive, name);
    await rm(archive);
  };

  /** What every such image must do, however it was made. */
  const works = async (image: string): Promise<void> => {
    const settings = join(place, 'serve.json');
    const file: Record<string, unknown> = JSON.parse(await readFile(ours('deploy/docker/serve.json'), 'utf8'));
    await writeFile(settings, JSON.stringify({ ...file, listen: '127.0.0.1:4443' }));
    const closed = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges', '--network=none'];
    const id = await did('run', '--detach', ...closed, '--volume', `${settings}:/etc/countersign/serve.json:ro`, image);
    try {
      const said = async (): Promise<string> => Object.values(await docker('logs', id)).join('');
      await expect.poll(said, { timeout: 30_000 }).toContain('"url":"http://127.0.0.1:4443"');
      const [, ...check]: readonly string[] = JSON.parse(await did('inspect', '--format', '{{json .Config.Healthcheck.Test}}', image));
      await did('exec', id, ...check);
      const ready = "fetch('http://127.0.0.1:4443/readyz').then(async (a) => console.log(a.status, process.getuid(), await a.text()))";
      expect(await did('exec', id, 'node', '-e', ready)).toBe('200 10001 {"status":"ready"}');
      expect(await did('exec', id, 'countersign', '--version')).toMatch(/^\d+\.\d+\.\d+$/);
      const since = performance.now();
      await did('stop', '--time', '30', id);
      expect(performance.now() - since).toBeLessThan(20_000);
      expect(await did('inspect', '--format', '{{.State.ExitCode}}', id)).toBe('0');
      expect(await said()).toContain('stopped');
    } finally {
      await did('rm', '--force', '--volumes', id);
    }
  };

  it('runs as nobody who may write to it, without a capability, says that it lives, and ends on SIGTERM', async () => {
    const root = join(place, 'image');
    await cp(join(place, 'base'), root, { recursive: true, verbatimSymlinks: true });
    const assembled = await runCommand(process.execPath, [ours('deploy/docker/assemble.mjs'), join(root, 'opt/countersign')]);
    expect(assembled, assembled.stderr).toMatchObject({ exit: 0 });
    await writeFile(
      join(root, 'usr/local/bin/countersign'),
      '#!/bin/sh\nexec node /opt/countersign/node_modules/countersign/bin/countersign.cjs "$@"\n',
      {
        mode: 0o755,
      },
    );
    await cp(ours('deploy/docker/health.mjs'), join(root, 'opt/countersign/health.mjs'));
    await mkdir(join(root, 'etc/countersign'), { recursive: true });
    await cp(ours('deploy/docker/serve.json'), join(root, 'etc/countersign/serve.json'));
    await mkdir(join(root, 'var/lib'), { recursive: true });
    for (const folder of ['countersign', 'countersign-marks']) {
      await mkdir(join(root, 'var/lib', folder), { mode: 0o700 });
      await chown(join(root, 'var/lib', folder), 10_001, 10_001);
    }
    const last =
      dockerfile.slice(dockerfile.lastIndexOf('\nFROM ')).match(/^(?:ENV|USER|WORKDIR|VOLUME|EXPOSE|HEALTHCHECK|ENTRYPOINT|CMD) .*$/gm) ??
      [];
    expect(last).toHaveLength(8);
    await load(root, 'countersign:laid', last);
    await works('countersign:laid');
  });

  it.skipIf(process.env['COUNTERSIGN_IMAGE_BUILD'] === undefined)('is built by its Dockerfile', { timeout: 900_000 }, async () => {
    const certificates = '/etc/ssl/certs/ca-certificates.crt';
    const base = join(place, 'base');
    await layNode(base, { npm: true });
    await load(base, 'base:test', [`ENV NODE_EXTRA_CA_CERTS=${certificates} npm_config_cafile=${certificates}`]);
    const build = spawn(
      'docker',
      ['build', '--network=host', '-f', 'deploy/docker/Dockerfile', '--build-arg', 'NODE_IMAGE=base:test', '-t', 'countersign:built', '.'],
      {
        cwd: ours('.'),
        env: { PATH: process.env['PATH'], DOCKER_HOST: daemon.host, DOCKER_BUILDKIT: '0', HOME: place },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    expect(await once(build, 'close')).toEqual([0, null]);
    await works('countersign:built');
  });
});
