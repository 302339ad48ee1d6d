// For tests: a store whose commits, and reads of files, can be made to fail or to wait. Everything else is the store behind it.
import { type MetadataStore, memoryStore } from '@countersign/store';

export interface StubbornStore extends MetadataStore {
  /** Called before each commit; what it throws is what the commit throws. */
  before: () => Promise<void>;
  /** Called before each read of a file that may be served. */
  beforeFile: () => Promise<void>;
}

export function stubbornStore(behind: MetadataStore = memoryStore()): StubbornStore {
  const store: StubbornStore = {
    before: async () => undefined,
    beforeFile: async () => undefined,
    head: (repository) => behind.head(repository),
    async file(repository, ref) {
      await store.beforeFile();
      return await behind.file(repository, ref);
    },
    kept: (repository, ref, known) => behind.kept(repository, ref, known),
    pending: (repository, role) => behind.pending(repository, role),
    async commit(repository, expected, change) {
      await store.before();
      return await behind.commit(repository, expected, change);
    },
    claimants: (claims) => behind.claimants(claims),
    records: (query) => behind.records(query),
    repositories: (range) => behind.repositories(range),
    dump: () => behind.dump(),
    load: (items) => behind.load(items),
    close: () => behind.close(),
  };
  return store;
}
