// The numbers of all processes behind one address: whichever worker is asked for them asks its primary, and that asks every worker. One that
// does not answer in time is left out, so that a process that hangs does not hide the others, and is missed in the number of processes.
import type { ProcessNumbers } from '../process-numbers.ts';
import type { FromWorker, ToWorker, Wire } from './messages.ts';

// Who scrapes waits for ten seconds.
const PATIENCE = 5000;

/** The end in the primary process. */
export class NumbersOfAll {
  readonly #asked = new Map<number, (numbers: ProcessNumbers) => void>();
  #last = 0;

  async of(workers: Iterable<Wire<ToWorker, FromWorker>>): Promise<readonly ProcessNumbers[]> {
    const found = await Promise.all([...workers].map((worker) => this.#ask(worker)));
    return found.filter((numbers) => numbers !== undefined);
  }

  heard(id: number, numbers: ProcessNumbers): void {
    this.#asked.get(id)?.(numbers);
  }

  #ask(worker: Wire<ToWorker, FromWorker>): Promise<ProcessNumbers | undefined> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      const settle = (numbers: ProcessNumbers | undefined): void => {
        clearTimeout(late);
        this.#asked.delete(id);
        resolve(numbers);
      };
      const late = setTimeout(() => settle(undefined), PATIENCE);
      this.#asked.set(id, settle);
      worker.send({ kind: 'numbers?', id });
    });
  }
}

/** The end in a worker: `own` are the numbers of this process. */
export function numbersFromPrimary(
  wire: Wire<FromWorker, ToWorker>,
  own: () => Promise<ProcessNumbers>,
): () => Promise<readonly ProcessNumbers[]> {
  const asked = new Map<number, (numbers: readonly ProcessNumbers[]) => void>();
  let last = 0;
  wire.onMessage((message) => {
    if (message.kind === 'all-numbers') {
      asked.get(message.id)?.(message.numbers);
      asked.delete(message.id);
    } else if (message.kind === 'numbers?') {
      const { id } = message;
      // Numbers that cannot be read are numbers that do not come; whoever reads them says why.
      own().then(
        (numbers) => wire.send({ kind: 'numbers', id, numbers }),
        () => undefined,
      );
    }
  });
  return () => {
    last += 1;
    const id = last;
    return new Promise((resolve) => {
      asked.set(id, resolve);
      wire.send({ kind: 'all-numbers?', id });
    });
  };
}
