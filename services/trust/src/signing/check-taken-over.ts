// Whether a signing service holds the keys that a store was published under. This is asked when a server starts, because whoever moved it is there
// to read the answer; it guards nothing. A repository that is overlooked here is as safe as any: the service signs nothing for a root that names
// a key it does not hold, so its owner is refused, and its timestamp runs out. To ask about all of a hundred thousand would keep a server from
// starting, and to ask about one overlooks a store that was published to under several keys, one after the other. So what is asked about are
// repositories of publishes at even distances, the first and the last among them: what changed with time is found, and it costs the same
// whatever the store holds.
import type { Head, MetadataStore, RepositoryRef } from '@countersign/store';
import { RequestError, StartError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { keyOf, repositoryOf } from '../repository.ts';
import { currentGeneration, keyAt, type SigningKeys } from './signing-keys.ts';

const SAMPLE = 16;

/** Throws StartError: `not-taken-over`, or `invalid-config` when the service does not want this server. */
export async function checkTakenOver(store: MetadataStore, keys: SigningKeys, log: Logger): Promise<void> {
  try {
    // One after the other: over one connection, and a service that is silent is waited for once.
    for (const repository of await sampled(store)) await checkOne(repository, store, keys);
  } catch (error) {
    // Reads go on without it, and so does whatever is good until it is back.
    if (!(error instanceof RequestError)) throw error;
    if (error.code === 'signer-refused')
      throw new StartError('invalid-config', `signer: it refuses this server: ${String(error.details['refusal'])}`, { cause: error });
    if (error.code !== 'signer-unavailable') throw error;
    log.error({ err: error }, 'the signing service does not answer: nothing is signed until it does');
  }
}

/** By the positions of their records: names have no middle. */
async function sampled(store: MetadataStore): Promise<readonly RepositoryRef[]> {
  const [newest] = await store.records({ before: Number.MAX_SAFE_INTEGER, limit: 1 });
  if (newest === undefined) return [];
  const places = Array.from({ length: SAMPLE }, (_, index) => Math.floor(((newest.position - 1) * index) / (SAMPLE - 1)));
  const found = await Promise.all([...new Set(places)].map((after) => store.records({ after, limit: 1 })));
  const repositories = found.flat().map(({ record }) => repositoryOf(record.gun, record.dialect));
  return [...new Map(repositories.map((repository) => [keyOf(repository), repository])).values()];
}

async function checkOne(repository: RepositoryRef, store: MetadataStore, keys: SigningKeys): Promise<void> {
  const head = await store.head(repository);
  // One that was imported names the keys of another server until its owner publishes here.
  if (head === undefined || head.deleted || !head.generations.has('timestamp')) return;
  if (await holds(repository, head, store, keys)) return;
  const text = `the signing service holds none of the keys that ${repository.gun} was published under: see \`countersign signing-service take-over\``;
  throw new StartError('not-taken-over', text);
}

async function holds(repository: RepositoryRef, head: Head, store: MetadataStore, keys: SigningKeys): Promise<boolean> {
  const held = await keys.keysOf(repository, head, 'anew');
  const generation = currentGeneration(head, 'timestamp');
  // It is ahead: what it signed last is not stored yet.
  if ((held.timestamp[0]?.generation ?? 0) > generation) return true;
  const named = keyAt(held, 'timestamp', generation);
  if (named === undefined) return false;
  const [owner] = await store.claimants([{ kind: 'server-key', digest: named.key.fingerprint }]);
  return owner === repository.gun;
}
