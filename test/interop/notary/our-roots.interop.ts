// Repositories whose roots, keys and signatures are spelled by us, read by Debian's `notary` and by Docker: they must take every kind of
// key and of certificate that we make, and refuse what is wrong, so that it is known that they looked.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localRepositories, readLocalRole } from '@countersign/client';
import { type CertificateSignature, STANDARD_LIMITS } from '@countersign/core';
import { generateSigner, type LocalSigner, signerFromPrivateKey } from '@countersign/signers';
import { LOOPBACK_CERTIFICATE } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingTools } from '../../lab/tools.ts';
import { dockerClients, dockerPerson, inspected } from './docker-program.ts';
import { sha256 } from './hashes.ts';
import { person } from './notary-program.ts';
import { certified, repository, spelled } from './our-files.ts';
import type { Target } from './servers.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-our-roots-'));
  await writeFile(join(folder, 'ca.pem'), LOOPBACK_CERTIFICATE.cert);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Serves these files as those of `gun` while `visit` lasts. */
async function served<Result>(
  gun: string,
  files: ReadonlyMap<string, Uint8Array>,
  visit: (target: Target) => Promise<Result>,
): Promise<Result> {
  const server = createServer(LOOPBACK_CERTIFICATE, ({ url = '' }, response) => {
    const bytes = url === '/v2/' ? Buffer.from('{}') : files.get(url.replace(`/v2/${gun}/_trust/tuf/`, ''));
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  }).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return await visit({ name: 'our files', url, ca: join(folder, 'ca.pem') });
  } finally {
    server.close();
  }
}

const rsa = (bits: number): KeyObject => generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;
const p256 = (): LocalSigner => generateSigner('ecdsa-p256');
type Kind = readonly [string, CertificateSignature, LocalSigner, LocalSigner];
const KINDS: readonly [Kind, Kind, Kind] = [
  ['a P-256 root, and targets of Ed25519', 'ecdsa-sha256', p256(), generateSigner('ed25519')],
  ['an RSA root certified as Go does, and targets of RSA', 'rsa-sha256', signerFromPrivateKey(rsa(2048)), signerFromPrivateKey(rsa(3072))],
  ['an RSA root certified by its signer', 'rsassa-pss-sha256', signerFromPrivateKey(rsa(4096)), p256()],
];
const filesFor = async (gun: string, [, signature, root, targets]: Kind): Promise<ReadonlyMap<string, Uint8Array>> =>
  repository(await certified(root, gun, signature), spelled(targets));

const GUNS = ['registry.example.com/team/app', `registry.example.com/${'long'.repeat(30)}_name`];
const reader = async (target: Target) => person(target, await mkdtemp(join(folder, 'reader-')), 'reader');

const without = missingTools('notary');
describe.skipIf(without !== undefined)(`notary reads a repository of ours${without === undefined ? '' : ` (${without})`}`, () => {
  it.each(KINDS)('with %s', async (...kind) => {
    for (const gun of GUNS) {
      const said = await served(gun, await filesFor(gun, kind), async (target) => (await reader(target)).notary(['list', gun]));
      expect(said).toMatch(new RegExp(`v1 +${sha256('one')} +3 +targets`));
    }
  });

  it('and leaves a trust folder from which we read the same bytes', async () => {
    const [gun = ''] = GUNS;
    const files = await filesFor(gun, KINDS[0]);
    const trustDir = await served(gun, files, async (target) => {
      const somebody = await reader(target);
      await somebody.notary(['list', gun]);
      await somebody.notary(['addhash', gun, 'v2', '3', '--sha256', sha256('two')]);
      return somebody.trustDir;
    });
    const { repositories, unusable } = localRepositories(trustDir);
    expect(unusable).toEqual([]);
    expect(repositories).toMatchObject([{ gun, roles: ['root', 'snapshot', 'targets', 'timestamp'], staged: 1 }]);
    for (const repository of repositories)
      for (const role of repository.roles) {
        expect(Buffer.from(readLocalRole(repository, role, STANDARD_LIMITS) ?? [])).toEqual(Buffer.from(files.get(`${role}.json`) ?? []));
      }
  });

  it.each(KINDS)('with %s, and refuses it under another name, or signed by another key', async (...kind) => {
    const [gun = '', other = ''] = GUNS;
    const refused = (files: ReadonlyMap<string, Uint8Array>, because: string): Promise<string> =>
      served(gun, files, async (target) => (await reader(target)).refused(['list', gun], because));
    await refused(await filesFor(other, kind), 'unable to retrieve valid leaf certificates');
    const [, signature, root] = kind;
    const another = signature === 'ecdsa-sha256' ? p256() : signerFromPrivateKey(rsa(2048));
    const files = await repository({ ...(await certified(root, gun, signature)), signer: another }, spelled(p256()));
    await refused(files, 'failed to validate integrity of roots');
  });
});

const clients = dockerClients().map((client) => [client.version, client] as const);
describe.skipIf(clients.length === 0)('docker reads a repository of ours', () => {
  it.each(clients)('of every kind, in version %s', async (version, client) => {
    const [gun = ''] = GUNS;
    for (const [at, kind] of KINDS.entries()) {
      const { tags } = await served(gun, await filesFor(gun, kind), async (target) =>
        inspected(await dockerPerson(client, target, join(folder, `docker-${version}-${at}`)), gun),
      );
      expect(tags).toEqual([`v1 ${sha256('one')} by Repo Admin`]);
    }
  });
});
