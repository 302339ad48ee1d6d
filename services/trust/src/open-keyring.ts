// The keys of a server, held against the store that is there already.
import { join } from 'node:path';
import { loadMasterKey } from '@countersign/signers';
import type { MetadataStore } from '@countersign/store';
import { anyRepository } from './any-repository.ts';
import type { ServerConfig } from './config.ts';
import { StartError } from './errors.ts';
import { type ServerKeyring, serverKeyring } from './server-keys.ts';
import { currentGeneration } from './signing/signing-keys.ts';

/**
 * The keys of this server. A store that has repositories had a master key: a new one in its place would give every repository keys
 * that no root names, and the first publish would be refused, long after the mistake.
 */
export async function openKeyring(config: ServerConfig, store: MetadataStore): Promise<ServerKeyring> {
  const some = await anyRepository(store);
  const usual = some === undefined ? { folder: config.data } : { file: join(config.data, 'master.key') };
  const keyring = serverKeyring(await loadMasterKey(config.masterKeyFile === undefined ? usual : { file: config.masterKeyFile }));
  for await (const repository of store.repositories()) {
    const head = await store.head(repository);
    // One that was imported names the keys of another server until its owner publishes here.
    if (head?.generations.has('timestamp') !== true) continue;
    const { key } = keyring.signer(repository, 'timestamp', currentGeneration(head, 'timestamp'));
    const [owner] = await store.claimants([{ kind: 'server-key', digest: key.fingerprint }]);
    if (owner === repository.gun) return keyring;
    const text = `the master key is not the one under which ${repository.gun} was published: bring back the one that belongs to this store`;
    throw new StartError('wrong-master-key', text);
  }
  return keyring;
}
