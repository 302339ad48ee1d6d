// `docker trust` and `docker pull` of every version that knows content trust, without a daemon: up to the digest, nobody needs one.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeCertificate } from './certificates.ts';
import { type DockerClient, type DockerPerson, dockerClients, dockerPerson, inspected } from './docker-program.ts';
import { sha256 } from './hashes.ts';
import { PASSPHRASE } from './notary-program.ts';
import { ask, demand } from './run.ts';
import { atEachServer, type Stage } from './servers.ts';

const clients = dockerClients().map((client) => [client.version, client] as const);
const digest = sha256('a manifest');
const WITHOUT_DAEMON = 'Cannot connect to the Docker daemon';

/** A push needs a daemon, and ends in this: the tag and the digest go into targets/releases. */
async function release(stage: Stage, { folder }: DockerPerson, repository: string, tag: string): Promise<void> {
  const { url, ca } = stage.target;
  const entry = ['addhash', repository, tag, '523', '--sha256', digest, '-r', 'targets/releases', '-p'];
  const env = { PATH: process.env['PATH'], HOME: folder, NOTARY_DELEGATION_PASSPHRASE: PASSPHRASE };
  demand(
    'success',
    await ask('notary', ['-s', url, '--tlscacert', ca, '-d', join(folder, 'trust'), ...entry], '', env),
    `release of ${tag}`,
  );
}

const obstacle = clients.length === 0 ? 'no docker command line older than 29 is here' : undefined;
atEachServer('docker trust without a daemon', { tools: ['notary', 'openssl'], obstacle }, (stage) => {
  const people = async (client: DockerClient) => {
    const folder = join(stage.folder, `docker-${client.version}`);
    const [owner, reader] = [
      await dockerPerson(client, stage.target, join(folder, 'owner')),
      await dockerPerson(client, stage.target, join(folder, 'reader')),
    ];
    await mkdir(join(folder, 'keys'));
    return { owner, reader, folder: join(folder, 'keys'), repository: `registry.example.com/team/app-${client.version}` };
  };

  it.concurrent.each(clients)(
    'docker %s: two signers are added, one signs a released tag, readers get its digest, and it is revoked',
    async (_version, client) => {
      const { owner, reader, folder, repository } = await people(client);
      await reader.refused(['pull', `${repository}:v1`], 'does not have trust data');
      await owner.docker(['trust', 'key', 'generate', 'alice', '--dir', folder]);
      await owner.docker(['trust', 'signer', 'add', '--key', join(folder, 'alice.pub'), 'alice', repository]);
      const bob = await makeCertificate({ folder, name: 'bob', commonName: 'bob', kind: 'ecdsa', days: 300, use: 'signing code' });
      await owner.docker(['trust', 'key', 'load', bob.key, '--name', 'bob']);
      await owner.docker(['trust', 'signer', 'add', '--key', bob.cert, 'bob', repository]);
      expect(await inspected(reader, repository)).toEqual({ tags: [], signers: ['alice', 'bob'] });

      await release(stage, owner, repository, 'v1');
      expect((await inspected(reader, repository)).tags).toEqual([`v1 ${digest} by Repo Admin`]);
      await owner.docker(['trust', 'sign', `${repository}:v1`]);
      expect((await inspected(reader, repository)).tags).toEqual([`v1 ${digest} by alice, bob`]);
      // Nobody is told that something is about to expire: the clients begin to warn half a year before.
      expect((await reader.attempt(['trust', 'inspect', repository])).stderr).toBe('');

      const pulled = await reader.refused(['pull', `${repository}:v1`], WITHOUT_DAEMON);
      expect(pulled).toContain(`Pull (1 of 1): ${repository}:v1@sha256:${digest}`);
      await reader.refused(['pull', `${repository}:v2`], 'No valid trust data for v2');
      await reader.refused(['pull', `${repository}@sha256:${digest}`], WITHOUT_DAEMON);

      await owner.docker(['trust', 'revoke', '-y', `${repository}:v1`]);
      expect((await inspected(reader, repository)).tags).toEqual([]);
      await reader.refused(['pull', `${repository}:v1`], 'No valid trust data for v1');
    },
  );

  it.concurrent.each(clients)('docker %s: a signer elsewhere signs with their own key only', async (_version, client) => {
    const { owner, reader, folder } = await people({ ...client, version: `${client.version}-signer` });
    const repository = `registry.example.com/team/signer-${client.version}`;
    const carol = await dockerPerson(client, stage.target, join(folder, 'carol'));
    await carol.docker(['trust', 'key', 'generate', 'carol', '--dir', folder]);
    await owner.docker(['trust', 'key', 'generate', 'alice', '--dir', folder]);
    await owner.docker(['trust', 'signer', 'add', '--key', join(folder, 'alice.pub'), 'alice', repository]);
    await owner.docker(['trust', 'signer', 'add', '--key', join(folder, 'carol.pub'), 'carol', repository]);
    await release(stage, carol, repository, 'v1');
    await carol.docker(['trust', 'sign', `${repository}:v1`]);
    expect((await inspected(reader, repository)).tags).toEqual([`v1 ${digest} by carol`]);
    await owner.docker(['trust', 'sign', `${repository}:v1`]);
    expect((await inspected(reader, repository)).tags).toEqual([`v1 ${digest} by alice, carol`]);
  });
});
