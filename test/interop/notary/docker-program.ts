// The Docker command lines that still know content trust, 20.10 to 28, as people run them: a configuration folder of its own for each.
// Debian has one, this machine may have another; build-docker-clients.mjs makes those between, for a developer.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../../lab/countersign.ts';
import { PASSPHRASE } from './notary-program.ts';
import { ask, demand, type Wanted } from './run.ts';
import type { Target } from './servers.ts';

export interface DockerClient {
  readonly path: string;
  readonly version: string;
}

/** One of each version that is here, oldest first. */
export function dockerClients(): readonly DockerClient[] {
  const built = join(homedir(), '.cache/countersign-interop/docker');
  const paths = [
    '/usr/bin/docker',
    '/usr/local/bin/docker',
    ...(existsSync(built) ? readdirSync(built).map((file) => join(built, file)) : []),
  ];
  const found = new Map<string, DockerClient>();
  for (const path of paths.filter((file) => existsSync(file))) {
    const [, version, major] = /version ((\d+)\.\d+\.\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' })) ?? [];
    // 29 ignores DOCKER_CONTENT_TRUST.
    if (version !== undefined && Number(major) < 29) found.set(version, { path, version });
  }
  return [...found.values()].sort((one, other) => one.version.localeCompare(other.version, 'en', { numeric: true }));
}

export interface DockerPerson {
  /** The configuration folder; `trust` below it is the trust folder. */
  readonly folder: string;
  /** With content trust on. Throws with everything that was said unless it succeeds. */
  docker(args: readonly string[]): Promise<string>;
  /** With content trust on. Throws unless it fails and gives this reason; what it said. */
  refused(args: readonly string[], because: string): Promise<string>;
  /** What it said on both streams, however it ended. */
  attempt(args: readonly string[]): Promise<Outcome>;
  /** As somebody who signs and verifies nothing. */
  careless(args: readonly string[]): Promise<string>;
}

/** Somebody who knows nothing yet, whose trust server is `target`. Without a daemon, every command that needs one fails. */
export async function dockerPerson(client: DockerClient, target: Target, folder: string, daemon?: string): Promise<DockerPerson> {
  const certificates = join(folder, 'tls', new URL(target.url).host);
  await mkdir(certificates, { recursive: true });
  await copyFile(target.ca, join(certificates, 'ca.crt'));
  const attempt = (args: readonly string[], trust: '1' | '0'): Promise<Outcome> =>
    ask(client.path, args, '', {
      PATH: process.env['PATH'],
      HOME: folder,
      DOCKER_CONFIG: folder,
      DOCKER_HOST: daemon ?? `unix://${join(folder, 'no-daemon')}`,
      DOCKER_CONTENT_TRUST: trust,
      DOCKER_CONTENT_TRUST_SERVER: target.url,
      DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: PASSPHRASE,
      DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: PASSPHRASE,
    });
  const run = async (wanted: Wanted, args: readonly string[], trust: '1' | '0'): Promise<string> =>
    demand(wanted, await attempt(args, trust), `${client.version} at ${target.name}: docker ${args.join(' ')}`);
  return {
    folder,
    docker: (args) => run('success', args, '1'),
    refused: (args, because) => run({ because }, args, '1'),
    attempt: (args) => attempt(args, '1'),
    careless: (args) => run('success', args, '0'),
  };
}

export interface Inspected {
  readonly SignedTags: readonly { readonly SignedTag: string; readonly Digest: string; readonly Signers: readonly string[] }[];
  readonly Signers: readonly { readonly Name: string }[];
}

/** What `docker trust inspect` says of a repository. */
export async function inspected(
  who: DockerPerson,
  repository: string,
): Promise<{ readonly tags: readonly string[]; readonly signers: readonly string[] }> {
  const [{ SignedTags, Signers }] = JSON.parse((await who.attempt(['trust', 'inspect', repository])).stdout) as [Inspected];
  return {
    tags: SignedTags.map(({ SignedTag, Digest, Signers: by }) => `${SignedTag} ${Digest} by ${[...by].sort().join(', ')}`).sort(),
    signers: Signers.map(({ Name }) => Name).sort(),
  };
}
