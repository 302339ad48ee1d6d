// Reads over TLS on connections that stay: two workers of ours against Debian's notary-server 0.7.0, both on one PostgreSQL, each with a
// database of its own and the same repository in it. They take turns; whoever asks runs on the same cores.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startReferenceServer } from '../../interop/notary/reference-server.ts';
import { serve, temporaryFolder } from '../../lab/countersign.ts';
import { missingTools } from '../../lab/tools.ts';
import { median } from '../measure.ts';
import type { Rival } from '../notary/rivals.ts';
import { senderTo } from '../notary/sender.ts';
import { makeUploads, TAGS } from '../notary/uploads.ts';
import { atLeast, type Row } from '../table.ts';
import { type Connection, getOf, openConnection } from './connection.ts';
import { type Database, startDatabase } from './database.ts';
import { NOTARY_TABLES } from './notary-tables.ts';

const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 32;
const GUN = 'registry.example.com/server/app';
const WORKERS = 2;

const figure = (file: string): string => `GET ${file}.json over TLS, ${WORKERS} workers on PostgreSQL, against notary-server on the same`;

export async function reads(): Promise<readonly Row[]> {
  const without = missingTools('notary-server', 'openssl');
  const database = without === undefined ? await startDatabase() : { reason: without };
  if ('reason' in database)
    return [{ figure: figure('timestamp'), measured: `skipped: ${database.reason}`, mustReach: '', reached: undefined }];
  const folder = await temporaryFolder();
  const closers: (() => Promise<void>)[] = [() => database.remove(), () => folder.remove()];
  try {
    const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-nodes', '-days', '2', '-keyout', key, '-out', cert], { stdio: 'pipe' });
    const store = await database.fresh('ours');
    const tls = ['--tls-cert', cert, '--tls-key', key];
    const ours = await serve(join(folder.path, 'data'), ['--store', store, '--workers', String(WORKERS), '--log', 'error', ...tls]);
    closers.unshift(() => ours.kill('SIGTERM'));
    const reference = await startReference(database, { folder: join(folder.path, 'reference'), cert, key });
    closers.unshift(() => reference.close());
    const mine: Rival = { name: 'ours', url: ours.url, pid: ours.pid, ca: cert };
    const yours: Rival = { name: 'reference', url: reference.url, pid: reference.pid, ca: cert };
    return await measured(mine, yours);
  } finally {
    for (const close of closers) await close();
  }
}

async function startReference(database: Database, place: { readonly folder: string; readonly cert: string; readonly key: string }) {
  const store = await database.fresh('reference', NOTARY_TABLES);
  await mkdir(place.folder);
  const settings = { storage: { backend: 'postgres', db_url: `${store}?sslmode=disable` } };
  return await startReferenceServer({ ...place, settings });
}

async function measured(ours: Rival, reference: Rival): Promise<readonly Row[]> {
  for (const rival of [ours, reference]) {
    const sender = await senderTo(rival);
    const [upload = new Map()] = await makeUploads(sender, GUN, 'server', 0);
    await sender.upload(GUN, upload);
  }
  const rows: Row[] = [];
  for (const { file, bound } of [{ file: 'timestamp', bound: 8 }, { file: 'targets' }]) {
    const path = `/v2/${GUN}/_trust/tuf/${file}.json`;
    const size = (await (await senderTo(ours)).get(path)).length;
    const rounds: { readonly ours: number; readonly reference: number }[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const pair = { ours: await readsASecond(ours, path), reference: await readsASecond(reference, path) };
      // The first one warms up.
      if (round > 0) rounds.push(pair);
    }
    const of = (who: 'ours' | 'reference'): string => median(rounds.map((round) => round[who])).toFixed(0);
    const ratio = median(rounds.map((round) => round.ours / round.reference));
    const context = ` (${of('ours')} against ${of('reference')} a second; ${TAGS} tags, ${size} bytes)`;
    if (bound === undefined)
      rows.push({ figure: figure(file), measured: `${ratio.toFixed(1)}×${context}`, mustReach: '', reached: undefined });
    else rows.push(atLeast(figure(file), ratio, bound, context));
  }
  return rows;
}

/** One request after the other on each connection. */
async function readsASecond({ url, ca }: Rival, path: string): Promise<number> {
  const certificate = await readFile(ca, 'utf8');
  const connections: Connection[] = [];
  while (connections.length < CONNECTIONS) connections.push(await openConnection(url, certificate));
  const request = getOf(path);
  const start = performance.now();
  let answered = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() - start < 1000 * SECONDS) {
        await connection.send(request);
        answered += 1;
      }
    }),
  );
  const aSecond = (1000 * answered) / (performance.now() - start);
  for (const connection of connections) connection.close();
  return aSecond;
}
