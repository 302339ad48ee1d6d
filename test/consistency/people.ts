// Those who publish, rotate and read while servers die, and write down what they were told and what they saw.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TrustClient } from '@countersign/client';
import { type Gun, imageEntry, parseDigest, parseGun, ROOT, type RootPin, type Signer } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import type { Chance } from '../lab/chance.ts';
import { library } from '../lab/library.ts';
import type { Operation, Write } from './history.ts';

const MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json';
const DIGEST = parseDigest(`sha256:${'c0'.repeat(32)}`);

// After a server was not there.
const PATIENCE = 50;

export interface Repository {
  readonly gun: Gun;
  readonly signer: Signer;
  readonly pin: RootPin;
  /** Of those that are deleted now and then, nobody but who does that publishes roots. */
  readonly isDeletable: boolean;
}

export interface Storm {
  readonly folder: string;
  readonly servers: readonly string[];
  readonly repositories: readonly Repository[];
  readonly operations: Operation[];
  /** Everything that is chosen is chosen with it. */
  readonly chance: Chance;
  over(): boolean;
}

export const nameOf = (index: number): Gun => parseGun(`registry.example.com/storm/app-${index}`);

export async function found(server: string, folder: string, gun: Gun, isDeletable: boolean): Promise<Repository> {
  const signer = generateSigner('ed25519');
  const keys = { keys: [signer.key], threshold: 1 };
  const client = library({ server, folder: join(folder, 'owner'), pin: undefined });
  const { pin } = await client.publish(gun, { kind: 'init', root: keys, targets: keys, releases: keys }, [signer]);
  return { gun, signer, pin, isDeletable };
}

/** Publishes tags nobody else signs, each with a length that only grows, and rotates the server's key now and then. */
export async function publisher(storm: Storm, name: string): Promise<void> {
  for (let turn = 1; !storm.over(); turn += 1) {
    const repository = storm.chance.pick(storm.repositories);
    const client = clientOf(storm, repository, name);
    const rotates = storm.chance.once(30) && !repository.isDeletable;
    const tag = `${name}-${turn % 4}`;
    const entries = new Map([[tag, imageEntry({ digest: DIGEST, length: turn, mediaType: MEDIA_TYPE })]]);
    const start = performance.now();
    let outcome: Write['outcome'] = 'accepted';
    let mark = `${tag}=${turn}`;
    try {
      const change = rotates
        ? ({ kind: 'rotate', role: 'timestamp', replacement: 'server' } as const)
        : ({ kind: 'entries', entries } as const);
      const { versions } = await client.publish(repository.gun, change, [repository.signer]);
      if (rotates) mark = `root v${versions.get(ROOT)}`;
    } catch (error) {
      // Only a server that says no has published nothing for certain: an answer that never came may have been yes.
      outcome = isRefusal(error) ? 'refused' : 'unknown';
      await pause(PATIENCE);
      if (rotates) continue;
    }
    storm.operations.push({ kind: 'write', repository: repository.gun, actor: name, start, end: performance.now(), outcome, mark });
  }
}

/** Verifies a repository as a consumer does, now with what it remembers and now as a newcomer. */
export async function reader(storm: Storm, name: string): Promise<void> {
  for (let turn = 1; !storm.over(); turn += 1) {
    const repository = storm.chance.pick(storm.repositories);
    const client = clientOf(storm, repository, storm.chance.once(3) ? `${name}-${turn}` : name);
    const start = performance.now();
    try {
      const trusted = await client.refresh(repository.gun);
      const releases = (await trusted.delegations()).find(({ role }) => role === 'releases')?.published?.version;
      const { root, snapshot, targets } = trusted.roles;
      const versions = new Map<string, number>([
        ['root', root.version],
        ['snapshot', snapshot.version],
        ['targets', targets.version],
        ...(releases === undefined ? [] : ([['releases', releases]] as const)),
      ]);
      if (trusted.record === undefined) throw new Error(`${repository.gun}: a timestamp of this server names its record`);
      const seen = { ...trusted.record, versions };
      storm.operations.push({ kind: 'read', repository: repository.gun, actor: name, start, end: performance.now(), seen });
    } catch (error) {
      if (repository.isDeletable && isNowhere(error)) {
        storm.operations.push({ kind: 'absence', repository: repository.gun, actor: name, start, end: performance.now() });
      } else if (!isAway(error)) throw error;
      await pause(PATIENCE);
    }
  }
}

const clientOf = (storm: Storm, { pin }: Repository, name: string): TrustClient =>
  library({ server: storm.chance.pick(storm.servers), folder: join(storm.folder, name), pin, more: { publishDeadlineMs: 5000 } });

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
const isRefusal = (error: unknown): boolean => codeOf(error) === 'refused';
/** The server was down, cut off or busy. Anything else that a reader meets is a fault of the server. */
const isAway = (error: unknown): boolean => error instanceof Error && (error.name === 'FetchError' || error.name === 'ServerError');
const isNowhere = (error: unknown): boolean => codeOf(error) === 'missing' || codeOf(error) === 'unsigned';
