// `docker trust` at a private server: the credentials are those of `docker login` at the registry, and the tokens come from its service.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeCertificate } from './certificates.ts';
import { type DockerPerson, dockerClients, dockerPerson, inspected } from './docker-program.ts';
import { atEachServer } from './servers.ts';
import { ISSUER, SERVICE, startTokenServer } from './token-server.ts';

const clients = dockerClients().map((client) => [client.version, client] as const);

async function prepare(folder: string) {
  const signer = await makeCertificate({ folder, name: 'tokens', commonName: ISSUER, kind: 'rsa', days: 30, use: 'anything' });
  const { realm, close } = await startTokenServer(signer, {
    anonymous: { password: '', may: {} },
    owner: { password: 'owner', may: { '*': ['pull', 'push', '*'] } },
    reader: { password: 'reader', may: { '*': ['pull'] } },
  });
  return {
    settings: { auth: { type: 'token', options: { realm, service: SERVICE, issuer: ISSUER, rootcertbundle: signer.cert } } },
    close,
  };
}

/** What `docker login` leaves behind where there is no credential helper. */
const login = ({ folder }: DockerPerson, user: string): Promise<void> =>
  writeFile(
    join(folder, 'config.json'),
    JSON.stringify({ auths: { 'registry.example.com': { auth: Buffer.from(`${user}:${user}`).toString('base64') } } }),
  );

const obstacle = clients.length === 0 ? 'no docker command line older than 29 is here' : undefined;
atEachServer('docker trust with tokens', { tools: ['openssl'], obstacle, prepare }, (stage) => {
  it.concurrent.each(clients)(
    'docker %s: who may push begins a repository, who may pull sees it, and nobody else does',
    async (version, client) => {
      const folder = join(stage.folder, `docker-${version}`);
      const who = (name: string) => dockerPerson(client, stage.target, join(folder, name));
      const [owner, reader, nobody] = [await who('owner'), await who('reader'), await who('nobody')];
      await mkdir(join(folder, 'keys'));
      const repository = `registry.example.com/team/private-${version}`;
      await owner.docker(['trust', 'key', 'generate', 'alice', '--dir', join(folder, 'keys')]);
      const add = ['trust', 'signer', 'add', '--key', join(folder, 'keys/alice.pub'), 'alice', repository];
      await owner.refused(add, 'not authorized');
      await login(owner, 'reader');
      await owner.refused(add, 'not authorized');
      await login(owner, 'owner');
      await owner.docker(add);
      await login(reader, 'reader');
      expect((await inspected(reader, repository)).signers).toEqual(['alice']);
      await nobody.refused(['pull', `${repository}:v1`], 'not authorized');
      await nobody.refused(['trust', 'inspect', repository], 'cannot access');
    },
  );
});
