// A store whose commits wait, as those of a process that was stopped, until they are let go on; and an older copy of it, as a backup would be.
import type { MetadataStore } from '@countersign/store';

export interface Stopped {
  /** Resolves when a commit waits. */
  readonly reached: Promise<void>;
  go(): void;
}

export interface Commits {
  readonly store: MetadataStore;
  stop(): Stopped;
  /** Does once more, in `empty`, what was committed so far. */
  copied(empty: MetadataStore): Promise<MetadataStore>;
}

export function commitsOf(store: MetadataStore): Commits {
  const done: Parameters<MetadataStore['commit']>[] = [];
  let stopped: { readonly go: Promise<void>; reach(): void } | undefined;
  const commit: MetadataStore['commit'] = async (...args) => {
    stopped?.reach();
    await stopped?.go;
    const next = await store.commit(...args);
    done.push(args);
    return next;
  };
  return {
    store: new Proxy(store, { get: (target, name) => (name === 'commit' ? commit : boundTo(target, name)) }),
    stop() {
      const [going, arrived] = [deferred(), deferred()];
      stopped = { go: going.promise, reach: arrived.resolve };
      return { reached: arrived.promise, go: going.resolve };
    },
    async copied(empty) {
      for (const [repository, revision, change] of done) {
        const head = revision === 'new' ? undefined : await empty.head(repository);
        await empty.commit(repository, head?.revision ?? 'new', change);
      }
      return empty;
    },
  };
}

function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}

function boundTo(target: MetadataStore, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === 'function' ? value.bind(target) : value;
}
