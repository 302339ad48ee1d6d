// What a trust server makes of prepared uploads: the very changes that it commits, caught on their way into a store in memory.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { type Change, type MetadataStore, memoryStore, type RepositoryRef, type Revision } from '@countersign/store';
import { parseServerConfig, startTrustServer } from '@countersign/trust-server';
import { type Prepared, prepare } from './prepared.ts';
import { uploaderOf } from './uploader.ts';

export interface Commit {
  readonly repository: RepositoryRef;
  readonly expected: Revision | 'new';
  readonly change: Change;
}

export interface Judged extends Prepared {
  /** What became of each upload, in their order. */
  readonly commits: readonly Commit[];
}

/** `count` publishes of each repository, judged by a server that holds the keys of `masterKeyFile`. */
export async function judgedUploads(masterKeyFile: string, names: readonly string[], count: number): Promise<readonly Judged[]> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-judged-'));
  const commits = new Map<string, Commit[]>(names.map((name) => [name, []]));
  const memory = memoryStore();
  const store: MetadataStore = {
    head: (repository) => memory.head(repository),
    file: (repository, ref) => memory.file(repository, ref),
    kept: (repository, ref, known) => memory.kept(repository, ref, known),
    pending: (repository, role) => memory.pending(repository, role),
    claimants: (claims) => memory.claimants(claims),
    records: (query) => memory.records(query),
    repositories: (range) => memory.repositories(range),
    dump: () => memory.dump(),
    load: (items) => memory.load(items),
    close: () => memory.close(),
    commit(repository, expected, change) {
      commits.get(repository.gun)?.push({ repository, expected, change });
      return memory.commit(repository, expected, change);
    },
  };
  const server = await startTrustServer({
    config: parseServerConfig({ listen: '127.0.0.1:0', data: join(folder, 'data'), masterKeyFile }),
    store,
    now: () => Date.now() as Instant,
    log: 'silent',
    onFatal: (error) => console.error(error),
  });
  try {
    const prepared = await Promise.all(names.map((name) => prepare(server.url, name, count)));
    await Promise.all(
      prepared.map(async (one) => {
        const uploader = await uploaderOf(server.url, one);
        while (uploader.left > 0) await uploader.next();
        uploader.close();
      }),
    );
    return prepared.map((one) => ({ ...one, commits: commits.get(one.gun) ?? [] }));
  } finally {
    await server.close();
    await memory.close();
    await rm(folder, { recursive: true, force: true });
  }
}
