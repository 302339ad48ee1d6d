// Docker as people use it, daemon, registry and all: a push signs, a pull verifies, and what nobody signed does not come in.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../../lab/tools.ts';
import { type DockerDaemon, daemonObstacle, startDockerDaemon } from './docker-daemon.ts';
import { type DockerClient, type DockerPerson, dockerClients, dockerPerson, inspected } from './docker-program.ts';
import { atEachServer } from './servers.ts';

const clients = dockerClients().map((client) => [client.version, client] as const);
const obstacle = clients.length === 0 ? 'no docker command line older than 29 is here' : await daemonObstacle();

/** An image of one small file, without a network. Its digest is known when it was pushed. */
async function build(who: DockerPerson, reference: string, content: string): Promise<void> {
  const folder = await mkdtemp(join(who.folder, 'image-'));
  await writeFile(join(folder, 'file'), content);
  execFileSync('tar', ['-C', folder, '-cf', `${folder}.tar`, 'file']);
  await who.careless(['import', `${folder}.tar`, reference]);
}
const digestIn = (said: string): string => /[0-9a-f]{64}/.exec(said)?.[0] ?? 'no digest';

atEachServer('docker push and pull', { tools: [], obstacle }, (stage) => {
  // Two machines: a daemon keeps manifests that it has seen, also those of images that it was told to forget.
  let daemons: readonly DockerDaemon[] = [];
  let registry: DockerRegistry;
  let place: string;
  beforeAll(async () => {
    // A short path, because sockets stand in it.
    place = await mkdtemp(join(tmpdir(), 'cs-'));
    daemons = await Promise.all(['one', 'two'].map(async (name) => startDockerDaemon(await mkdtemp(join(place, name)))));
    registry = await startDockerRegistry(stage.folder);
  });
  afterAll(async () => {
    await Promise.all(daemons.map((daemon) => daemon.close()));
    await registry?.close();
    await rm(place, { recursive: true, force: true, maxRetries: 5 });
  });
  const people = async (client: DockerClient, scene: string) => {
    const who = (name: string, at: number) =>
      dockerPerson(client, stage.target, join(stage.folder, scene, client.version, name), daemons[at]?.host);
    const [owner, reader] = [await who('owner', 0), await who('reader', 1)];
    return { owner, reader, repository: `${registry.host}/${scene}/app-${client.version}` };
  };

  it.each(clients)('docker %s: a push of a new tag signs it, and somebody else pulls what was signed', async (_version, client) => {
    const { owner, reader, repository } = await people(client, 'push');
    await build(owner, `${repository}:v1`, 'one');
    const pushed = await owner.docker(['push', `${repository}:v1`]);
    expect(pushed).toContain(`Successfully signed ${repository}:v1`);
    const pulled = await reader.docker(['pull', `${repository}:v1`]);
    expect(pulled).toContain(`Pull (1 of 1): ${repository}:v1@sha256:${digestIn(pushed)}`);
    expect((await inspected(reader, repository)).tags).toEqual([`v1 ${digestIn(pushed)} by Repo Admin`]);
  });

  it.each(clients)(
    'docker %s: refuses a tag that nobody signed, and takes no image that somebody moved a signed tag to',
    async (_version, client) => {
      const { owner, reader, repository } = await people(client, 'moved');
      await build(owner, `${repository}:v1`, 'one');
      await owner.docker(['push', `${repository}:v1`]);
      await owner.careless(['tag', `${repository}:v1`, `${repository}:v2`]);
      await owner.careless(['push', `${repository}:v2`]);
      await reader.refused(['pull', `${repository}:v2`], 'No valid trust data for v2');

      const signed = digestIn((await inspected(reader, repository)).tags.join());
      await build(owner, `${repository}:v1`, 'another');
      await owner.careless(['push', `${repository}:v1`]);
      const manifest = `http://${registry.host}/v2/${repository.slice(registry.host.length + 1)}/manifests/sha256:${signed}`;
      expect((await fetch(manifest, { method: 'DELETE' })).status).toBe(202);
      await reader.refused(['pull', `${repository}:v1`], `${repository}@sha256:${signed} not found: manifest unknown`);
      expect(await reader.careless(['images', '--quiet', repository])).toBe('');
    },
  );

  it.each(clients)('docker %s: signers are named, sign what they push, and are shown', async (_version, client) => {
    const { owner, reader, repository } = await people(client, 'signers');
    const keys = join(stage.folder, `keys-${client.version}`);
    await mkdir(keys);
    await owner.docker(['trust', 'key', 'generate', 'alice', '--dir', keys]);
    await owner.docker(['trust', 'signer', 'add', '--key', join(keys, 'alice.pub'), 'alice', repository]);
    await build(owner, `${repository}:v1`, 'one');
    const signed = digestIn(await owner.docker(['trust', 'sign', `${repository}:v1`]));
    expect(await inspected(reader, repository)).toEqual({ tags: [`v1 ${signed} by alice`], signers: ['alice'] });
    expect(await reader.docker(['pull', `${repository}:v1`])).toContain(signed);
  });
});
