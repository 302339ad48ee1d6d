// Whether a store was ever used.
import type { MetadataStore, RepositoryRef } from '@countersign/store';

export async function anyRepository(store: MetadataStore): Promise<RepositoryRef | undefined> {
  for await (const repository of store.repositories()) return repository;
  return undefined;
}
