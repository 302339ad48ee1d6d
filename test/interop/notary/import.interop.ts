// A running installation of Debian's notary-server moves to ours: every version of every repository, while it is published to. The import is
// killed in the middle and run again. Afterwards people who have a cache go on without noticing, and new ones verify from the first root.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { notary, parseNotaryRoleName, pinOf, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { LOOPBACK_CERTIFICATE, type OldRepository } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Machine, machine, PROGRAM, temporaryFolder } from '../../lab/countersign.ts';
import { missingTools } from '../../lab/tools.ts';
import { sha256 } from './hashes.ts';
import { PASSPHRASE, type Person, person } from './notary-program.ts';
import { type OldInstallation, oldInstallation } from './old-installation.ts';
import { startOurServer } from './our-server.ts';
import { startReferenceServer } from './reference-server.ts';
import type { Target } from './servers.ts';

const REPOSITORIES = 50;
const VERSIONS = 20;
const OWN = 'registry.example.com/people/app';
const SERVER_HELD = 'registry.example.com/people/docker';
const BOTH_HELD = 'registry.example.com/people/both';
const ADD = (tag: string): readonly string[] => [tag, '3', '--sha256', sha256(tag), '-p'];

const crypto = nativeCryptography();
const without = missingTools('notary', 'notary-server');

describe.skipIf(without !== undefined)(`moving from notary-server${without === undefined ? '' : ` (${without})`}`, () => {
  let folder: string;
  let old: Target;
  let ours: Target;
  let installation: OldInstallation;
  let admin: Machine;
  const closing: (() => Promise<void> | void)[] = [];
  const at = (target: Target, name: string): Person => person(target, join(folder, 'people'), name);

  beforeAll(async () => {
    const { path, remove } = await temporaryFolder();
    folder = path;
    closing.push(remove);
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await writeFile(cert, LOOPBACK_CERTIFICATE.cert);
    await writeFile(key, LOOPBACK_CERTIFICATE.key, { mode: 0o600 });
    for (const name of ['people', 'old', 'new', 'admin']) await mkdir(join(folder, name));
    const before = await startReferenceServer({ folder: join(folder, 'old'), cert, key, settings: {} });
    const after = await startOurServer({ folder: join(folder, 'new'), cert, key, settings: {} });
    closing.unshift(
      () => before.close(),
      () => after.close(),
    );
    old = { name: 'notary-server', url: before.url, ca: cert };
    ours = { name: 'countersign serve', url: after.url, ca: cert };
    admin = machine(join(folder, 'admin'), ours.url, { NODE_EXTRA_CA_CERTS: cert });

    installation = await oldInstallation(old.url, REPOSITORIES, VERSIONS);
    closing.unshift(() => installation.close());
    const [owner, docker] = [at(old, 'owner'), at(old, 'docker-owner')];
    await owner.notary(['init', OWN, '-p']);
    await owner.notary(['addhash', OWN, ...ADD('v1')]);
    await owner.notary(['key', 'rotate', OWN, 'root'], { input: 'yes\n' });
    await owner.notary(['addhash', OWN, ...ADD('v2')]);
    await at(old, 'reader').notary(['list', OWN]);
    for (const gun of [SERVER_HELD, BOTH_HELD]) {
      await docker.notary(['init', gun, '-p']);
      await docker.notary(['key', 'rotate', gun, 'snapshot', '-r']);
      await docker.notary(['addhash', gun, ...ADD('v1')]);
      await at(old, 'reader').notary(['list', gun]);
    }
  });
  afterAll(async () => {
    agent.destroy();
    for (const close of closing) await close();
  });

  const names = (): string[] => [...installation.repositories.map(({ gun }) => gun), OWN, SERVER_HELD, BOTH_HELD];
  const words = (...more: string[]): string[] => [
    'import',
    'notary',
    '--from',
    old.url,
    '--ca-file',
    old.ca,
    '--yes',
    '--output',
    'json',
    ...more,
  ];
  const read = (target: Target, gun: string, file: string): Promise<Buffer | undefined> => get(target, `/v2/${gun}/_trust/tuf/${file}`);
  const pin = (one: OldRepository): string => {
    const first = one.files.get('1.root.json') ?? new Uint8Array();
    return `${pinOf(notary.parse('root', parseNotaryRoleName('root'), first, { limits: STANDARD_LIMITS, crypto }), crypto).digest}@1`;
  };

  it(`imports ${REPOSITORIES} repositories of ${VERSIONS} publishes while it runs, is killed, and takes nothing twice`, async () => {
    const list = join(folder, 'names.txt');
    await writeFile(list, `${names().join('\n')}\n`);
    const pins = join(folder, 'pins.txt');
    await writeFile(pins, `${installation.repositories.map((one) => `${one.gun} ${pin(one)}`).join('\n')}\n`);
    const args = words('--file', list, '--pins', pins, '--unsafe-trust-first-roots');

    const child = spawn(process.execPath, [PROGRAM, ...args], { env: admin.env, stdio: 'ignore' });
    const ended = once(child, 'exit');
    const journals = join(folder, 'admin', 'trust', 'state', 'import');
    const done = async (): Promise<number> => {
      const [name] = (await readdir(journals).catch(() => [])).filter((file) => file.endsWith('.jsonl'));
      return name === undefined ? 0 : ((await readFile(join(journals, name), 'utf8')).match(/"at":"done"/g) ?? []).length;
    };
    while ((await done()) < 10) {
      if (child.exitCode !== null) throw new Error('the import ended before it could be killed');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    child.kill('SIGKILL');
    await ended;

    // People go on publishing at the old server, while the import runs once more.
    const [busy] = installation.repositories.slice(-1);
    let published = 0;
    let working = true;
    const publishing = (async () => {
      while (working && busy !== undefined) {
        published += 1;
        await installation.publish(busy, { entry: `while-${published}` });
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    const began = Date.now();
    const { stdout } = await admin.countersign(args);
    const took = Date.now() - began;
    working = false;
    await publishing;
    const report = JSON.parse(stdout.trim());
    expect([report.count, report.refused]).toEqual([names().length, []]);
    expect(published).toBeGreaterThan(0);

    const feed = JSON.parse((await get(ours, '/v2/_trust/changefeed?records=1000'))?.toString() ?? '');
    const records: readonly string[] = feed.records.map(({ GUN }: { GUN: string }) => GUN);
    expect(new Set(records).size).toBe(names().length);
    const twice = records.filter((gun, index) => records.indexOf(gun) !== index);
    expect(twice).toEqual([]);
    // What was published meanwhile comes with the next run, as its continuation.
    await admin.countersign(args);
    for (const one of installation.repositories) await isTheSame(one.gun, one);
    for (const gun of [OWN, SERVER_HELD, BOTH_HELD]) await isTheSame(gun);
    const files = report.repositories.reduce((sum: number, { files: count }: { files: number }) => sum + count, 0);
    process.stderr.write(`import: ${names().length} repositories, ${files} files, second run in ${took} ms\n`);
  });

  /** Every current file, and every version that a publisher of ours remembers, byte for byte. */
  async function isTheSame(gun: string, one?: OldRepository): Promise<void> {
    for (const role of ['root', 'timestamp', 'snapshot', 'targets']) {
      const [was, is] = [await read(old, gun, `${role}.json`), await read(ours, gun, `${role}.json`)];
      expect(is !== undefined && was !== undefined && is.equals(was), `${gun} ${role}`).toBe(true);
    }
    for (const [name, bytes] of one?.files ?? []) expect((await read(ours, gun, name))?.equals(bytes), `${gun} ${name}`).toBe(true);
    if (one === undefined) return;
    for (let version = 1; version <= VERSIONS; version += 1) {
      const [was, is] = [await read(old, gun, `${version}.timestamp.json`), await read(ours, gun, `${version}.timestamp.json`)];
      expect(is !== undefined && was !== undefined && is.equals(was), `${gun} timestamp ${version}`).toBe(true);
    }
  }

  it('lets people with a cache go on, once the owner has named this server: publishing, reading, and a new reader', async () => {
    const [owner, reader, stranger] = [at(ours, 'owner'), at(ours, 'reader'), at(ours, 'stranger')];
    expect(await reader.notary(['lookup', OWN, 'v2'])).toContain(sha256('v2'));
    await owner.refused(['addhash', OWN, ...ADD('v3')], 'no  timestamp keys exist on the server');
    await owner.notary(['reset', OWN, '--all']);
    await owner.notary(['key', 'rotate', OWN, 'timestamp', '--server-managed']);
    await owner.notary(['addhash', OWN, ...ADD('v3')]);
    expect(await reader.notary(['lookup', OWN, 'v3'])).toContain(sha256('v3'));
    expect(await stranger.notary(['lookup', OWN, 'v3'])).toContain(sha256('v3'));
    await owner.notary(['key', 'rotate', OWN, 'snapshot', '--server-managed']);
    await owner.notary(['addhash', OWN, ...ADD('v4')]);
    expect(await reader.notary(['lookup', OWN, 'v4'])).toContain(sha256('v4'));
  });

  it('where the old server held the snapshot key too: it is taken back there, imported once more, and then handed to this one', async () => {
    await at(old, 'docker-owner').notary(['key', 'rotate', SERVER_HELD, 'snapshot']);
    await admin.countersign(words('--unsafe-trust-first-roots', SERVER_HELD));
    const [owner, reader] = [at(ours, 'docker-owner'), at(ours, 'reader')];
    await owner.notary(['key', 'rotate', SERVER_HELD, 'timestamp', '-r']);
    await owner.notary(['key', 'rotate', SERVER_HELD, 'snapshot', '-r']);
    await owner.notary(['addhash', SERVER_HELD, ...ADD('v2')]);
    expect(await reader.notary(['lookup', SERVER_HELD, 'v2'])).toContain(sha256('v2'));
  });

  it('or both are handed over at once, with the keys that countersign took from the same folder', async () => {
    const secrets = Object.fromEntries(
      ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [`NOTARY_${role}_PASSPHRASE`, PASSPHRASE]),
    );
    const owner = machine(join(folder, 'docker-importer'), ours.url, { COUNTERSIGN_PASSPHRASE: PASSPHRASE, ...secrets });
    await mkdir(join(folder, 'docker-importer'));
    await owner.countersign(['import', 'docker-trust', at(ours, 'docker-owner').trustDir]);
    await owner.countersign(['key', 'rotate', 'timestamp', BOTH_HELD, '--dialect', 'notary', '--ca-file', ours.ca]);
    await at(ours, 'docker-owner').notary(['addhash', BOTH_HELD, ...ADD('v2')]);
    for (const who of ['reader', 'stranger']) expect(await at(ours, who).notary(['lookup', BOTH_HELD, 'v2'])).toContain(sha256('v2'));
  });

  it('verifies for somebody new, from the pin of the first root on, with our client and with theirs', async () => {
    const [one] = installation.repositories;
    if (one === undefined) throw new Error('there is none');
    const somebody = machine(join(folder, 'somebody'), ours.url, { NODE_EXTRA_CA_CERTS: ours.ca });
    await mkdir(join(folder, 'somebody'));
    const { stdout } = await somebody.countersign(['list', one.gun, '--dialect', 'notary', '--root-pin', pin(one), '--ca-file', ours.ca]);
    expect(stdout).toContain('v5');
    expect(await at(ours, 'stranger').notary(['lookup', one.gun, 'v1'])).toContain(sha256('v1'));
  });

  it('takes keys, pins and memory of somebody who used notary', async () => {
    const trustDir = at(ours, 'owner').trustDir;
    const somebody = machine(join(folder, 'importer'), ours.url, {
      COUNTERSIGN_PASSPHRASE: undefined,
      NOTARY_ROOT_PASSPHRASE: 'correct horse battery staple',
      NOTARY_TARGETS_PASSPHRASE: 'correct horse battery staple',
      NOTARY_SNAPSHOT_PASSPHRASE: 'correct horse battery staple',
      NOTARY_DELEGATION_PASSPHRASE: 'correct horse battery staple',
    });
    await mkdir(join(folder, 'importer'));
    const { stdout } = await somebody.countersign(['import', 'docker-trust', trustDir, '--output', 'json']);
    const report = JSON.parse(stdout);
    expect(report.keys.every(({ outcome }: { outcome: string }) => outcome === 'imported')).toBe(true);
    expect(report.repositories).toMatchObject([{ gun: OWN, outcome: 'imported' }]);
    const listed = await somebody.countersign(['list', OWN, '--dialect', 'notary', '--ca-file', ours.ca]);
    expect(listed.stdout).toContain('v4');
  });
});

const agent = new Agent({ keepAlive: true, ca: LOOPBACK_CERTIFICATE.cert });

function get(target: Target, path: string): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    request(`${target.url.replace(/\/$/, '')}${path}`, { agent }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () => resolve(reply.statusCode === 200 ? Buffer.concat(chunks) : undefined));
    })
      .on('error', reject)
      .end();
  });
}
