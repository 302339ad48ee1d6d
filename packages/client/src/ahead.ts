// Requests that are sent before the workflow asks for them. After root vN it asks for root vN+1 and then, when there is none, for
// the timestamp; neither request depends on the other's answer, so they travel together and a verification waits for one round trip
// instead of two. What comes back is judged in the order of TUF 1.0.34 §5 all the same.
import type { ServedFile } from './served-metadata.ts';

export type Answer = ServedFile | 'not-modified' | undefined;

export interface Ahead {
  /** Sends unless it is under way. A failure is told to whoever takes the answer, and to nobody else. */
  send(path: string, ask: () => Promise<Answer>): void;
  /** The answer that is under way, or a new request. Each answer is given once. */
  take(path: string, ask: () => Promise<Answer>): Promise<Answer>;
  /** What is under way for `path` was asked for too early. */
  forget(path: string): void;
}

export function createAhead(): Ahead {
  const underWay = new Map<string, Promise<Answer>>();
  return {
    send(path, ask) {
      if (underWay.has(path)) return;
      const answer = ask();
      answer.catch(() => undefined);
      underWay.set(path, answer);
    },
    take(path, ask) {
      const answer = underWay.get(path) ?? ask();
      underWay.delete(path);
      return answer;
    },
    forget: (path) => void underWay.delete(path),
  };
}
