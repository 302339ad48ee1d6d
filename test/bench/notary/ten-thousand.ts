// The memory of a server with ten thousand repositories, each asked for its timestamp once: what is kept for each must stay small.
import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { digestOf, parseNotaryGun } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { draftRecord, openLevelStore } from '@countersign/store';
import { LOOPBACK_CERTIFICATE, NotaryRepository } from '@countersign/testkit';
import { serve, temporaryFolder } from '../../lab/countersign.ts';
import type { Row } from '../table.ts';
import { residentOf } from './process-figures.ts';
import { senderTo } from './sender.ts';
import { makeUploads } from './uploads.ts';

const REPOSITORIES = 10_000;
const AT_ONCE = 16;
const PAUSE = 10_000;
// In front of the others, in the order of the store.
const FIRST = 'a.example.com/app';
const nameOf = (index: number): string => `registry.example.com/team-${index % 100}/app-${index}`;

export async function tenThousand(): Promise<readonly Row[]> {
  if (process.platform !== 'linux') return [];
  const folder = await temporaryFolder();
  try {
    const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
    await writeFile(cert, LOOPBACK_CERTIFICATE.cert);
    await writeFile(key, LOOPBACK_CERTIFICATE.key, { mode: 0o600 });
    const data = join(folder.path, 'data');
    const start = () => serve(data, ['--tls-cert', cert, '--tls-key', key]);
    // The first one the usual way, so that the server's keys belong to the store as they do everywhere.
    const first = await start();
    try {
      const sender = await senderTo({ name: 'ours', url: first.url, pid: first.pid, ca: cert });
      const [upload = new Map()] = await makeUploads(sender, FIRST, 'server', 0);
      await sender.upload(FIRST, upload);
    } finally {
      await first.kill('SIGTERM');
    }
    await fill(join(data, 'store'));
    const server = await start();
    try {
      const before = await residentOf(server.pid);
      await readAll(server.url);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      const after = await residentOf(server.pid);
      return [
        {
          figure: `resident memory with ${REPOSITORIES} repositories, each timestamp read once over TLS`,
          measured: `${after.toFixed(0)} MiB (${before.toFixed(0)} at the start)`,
          mustReach: '≤ 150 MiB',
          reached: after <= 150,
        },
      ];
    } finally {
      await server.kill('SIGTERM');
    }
  } finally {
    await folder.remove();
  }
}

/** The same files under each name, as an import keeps them: a server that answers reads judges none of them. */
async function fill(folder: string): Promise<void> {
  const store = await openLevelStore(folder);
  const repository = await NotaryRepository.create({ now: Date.now() });
  await repository.post(await repository.first());
  const crypto = nativeCryptography();
  const files = [...repository.files.values()].map(({ name, version, bytes }) => ({
    role: name,
    version,
    bytes,
    digest: digestOf(crypto, bytes),
  }));
  try {
    for (let start = 0; start < REPOSITORIES; start += 500) {
      const some = Array.from({ length: 500 }, (_, index) => ({ gun: parseNotaryGun(nameOf(start + index)), dialect: 'notary' as const }));
      await Promise.all(
        some.map((ref) => {
          const record = draftRecord(undefined, { repository: ref, kind: 'import', time: repository.env().now, files, signers: [] });
          return store.commit(ref, 'new', { files, record, claims: [] });
        }),
      );
    }
  } finally {
    await store.close();
  }
}

async function readAll(url: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE, ca: LOOPBACK_CERTIFICATE.cert });
  const read = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const call = request(`${url}/v2/${nameOf(index)}/_trust/tuf/timestamp.json`, { agent }, (answer) => {
        const { statusCode } = answer.resume();
        answer.on('end', () => (statusCode === 200 ? resolve() : reject(new Error(`${nameOf(index)}: ${statusCode}`))));
      });
      call.on('error', reject).end();
    });
  let next = 0;
  const reader = async (): Promise<void> => {
    while (next < REPOSITORIES) {
      const index = next;
      next += 1;
      await read(index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  agent.destroy();
}
