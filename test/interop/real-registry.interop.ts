import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { uploadSampleImage } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Machine, machine, type RunningServer, runCommand, serve, temporaryFolder } from '../lab/countersign.ts';
import { type DockerRegistry, missingTools, startDockerRegistry } from '../lab/tools.ts';

const withoutSkopeo = missingTools('docker-registry', 'skopeo');
const withoutPodman = withoutSkopeo ?? missingTools('podman');

describe.skipIf(withoutSkopeo !== undefined)(
  `a real registry and a real client${withoutSkopeo === undefined ? '' : ` (${withoutSkopeo})`}`,
  () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let registry: DockerRegistry;
    let server: RunningServer;
    let publisher: Machine;
    let consumer: Machine;
    let repository: string;

    const skopeo = async (...args: string[]): Promise<string> => {
      const outcome = await runCommand('skopeo', args);
      if (outcome.exit !== 0) throw new Error(`skopeo ${args.join(' ')}: ${outcome.stderr}`);
      return outcome.stdout;
    };
    const rawDigest = async (reference: string): Promise<string> => {
      const raw = await skopeo('inspect', '--raw', '--tls-verify=false', `docker://${reference}`);
      return `sha256:${createHash('sha256').update(raw).digest('hex')}`;
    };

    beforeAll(async () => {
      folder = await temporaryFolder();
      registry = await startDockerRegistry(folder.path);
      server = await serve(join(folder.path, 'data'));
      repository = `${registry.host}/team/app`;
      const env = { PATH: process.env['PATH'] ?? '', XDG_RUNTIME_DIR: join(folder.path, 'run') };
      await mkdir(env.XDG_RUNTIME_DIR);
      publisher = machine(join(folder.path, 'publisher'), server.url, env);
      // The image comes into an OCI layout first, as a build would leave it; skopeo pushes it from there.
      await uploadSampleImage(registry.host, 'build/output', 'v1', { seed: 'one' });
      await skopeo('copy', '--all', '--src-tls-verify=false', `docker://${registry.host}/build/output:v1`, `oci:${folder.path}/layout:v1`);
      const initialised = await publisher.countersign(['init', repository, '--output', 'json']);
      consumer = machine(join(folder.path, 'consumer'), server.url, { ...env, COUNTERSIGN_ROOT_PIN: JSON.parse(initialised.stdout).pin });
    });
    afterAll(async () => {
      await server?.kill('SIGTERM');
      await registry?.close();
      await folder?.remove();
    });

    it('signs what skopeo pushed, verifies it, and copies it by the digest that verify printed', async () => {
      await skopeo('copy', '--all', '--dest-tls-verify=false', `oci:${folder.path}/layout:v1`, `docker://${repository}:v1`);
      const digest = await rawDigest(`${repository}:v1`);
      await publisher.countersign(['sign', `${repository}:v1@${digest}`]);
      const verified = (await consumer.countersign(['verify', `${repository}:v1`])).stdout.trim();
      expect(verified).toBe(`${repository}@${digest}`);
      await skopeo('copy', '--all', '--src-tls-verify=false', `docker://${verified}`, `oci:${folder.path}/pulled:v1`);
    });

    it('refuses the tag once somebody else points it at another image', async () => {
      await uploadSampleImage(registry.host, 'team/app', 'v1', { seed: 'two' });
      await consumer.countersign(['verify', `${repository}:v1`], { exit: 15 });
    });

    it('pushes and signs with skopeo in one command', async () => {
      await publisher.countersign(['push', `${repository}:v2`, '--with', 'skopeo', '--from', `oci:${folder.path}/layout:v1`]);
      await consumer.countersign(['pull', `${repository}:v2`, '--with', 'skopeo', '--to', `oci:${folder.path}/pulled:v2`]);
    });

    it.skipIf(withoutPodman !== undefined)(
      `pushes and pulls with podman${withoutPodman === undefined ? '' : ` (${withoutPodman})`}`,
      async () => {
        const storage = join(folder.path, 'containers');
        const conf = join(folder.path, 'storage.conf');
        const { writeFile } = await import('node:fs/promises');
        await writeFile(conf, `[storage]\ndriver = "vfs"\ngraphroot = "${storage}/graph"\nrunroot = "${storage}/run"\n`);
        const podmanEnv = { CONTAINERS_STORAGE_CONF: conf, PATH: process.env['PATH'] ?? '' };
        const [pushing, pulling] = [publisher, consumer].map((who, index) =>
          machine(join(folder.path, index === 0 ? 'publisher' : 'consumer'), server.url, { ...who.env, ...podmanEnv }),
        );
        if (pushing === undefined || pulling === undefined) throw new Error('two machines are needed');
        const podman = async (...args: string[]): Promise<string> => {
          const outcome = await runCommand('podman', args, pushing.env);
          if (outcome.exit !== 0) throw new Error(`podman ${args.join(' ')}: ${outcome.stderr}`);
          return outcome.stdout.trim();
        };
        await podman('pull', '--tls-verify=false', `${registry.host}/build/output:v1`);
        await podman('tag', `${registry.host}/build/output:v1`, `${repository}:v3`);
        await pushing.countersign(['push', `${repository}:v3`, '--with', 'podman']);
        await podman('rmi', '--all', '--force');
        const pulled = await pulling.countersign(['pull', `${repository}:v3`, '--with', 'podman', '--output', 'json']);
        expect(await podman('image', 'exists', `${repository}:v3`)).toBe('');
        expect(JSON.parse(pulled.stdout).digest).toBe(await rawDigest(`${repository}:v3`));
      },
    );
  },
);
