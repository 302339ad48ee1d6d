// High-water marks as a worker has them: the file belongs to the primary process, because lines of several writers would get mixed, and
// one fsync serves all of them. A worker knows the marks of its start and its own; they are bounds from below, so that is enough.
import type { HighWater } from '../high-water.ts';
import { type Mark, raised } from '../high-water-lines.ts';
import type { FromWorker, ToWorker, Wire } from './messages.ts';

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

/** Asks the primary for its marks, which lie in `file`, and resolves when they are here. `raise` resolves when the primary has the mark on disk. */
export async function marksOfPrimary(wire: Wire<FromWorker, ToWorker>, file: string): Promise<HighWater> {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  const marks = await new Promise<Map<string, Mark>>((resolve) => {
    wire.onMessage((message) => {
      if (message.kind === 'marks') resolve(new Map(message.marks));
      if (message.kind === 'done') settle(message.id)?.resolve();
      if (message.kind === 'not-done') settle(message.id)?.reject(new Error(message.text));
    });
    wire.send({ kind: 'marks?' });
  });
  function settle(id: number): Waiting | undefined {
    const one = waiting.get(id);
    waiting.delete(id);
    return one;
  }
  function call(message: (id: number) => FromWorker): Promise<void> {
    last += 1;
    const id = last;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      wire.send(message(id));
    });
  }
  return {
    file,
    of: (repository) => marks.get(repository),
    all: () => marks,
    async raise(repository, mark) {
      await call((id) => ({ kind: 'raise', id, repository, mark }));
      marks.set(repository, raised(marks.get(repository), mark));
    },
    rewrite: () => call((id) => ({ kind: 'rewrite', id })),
    // The primary closes its file.
    close: async () => undefined,
  };
}
