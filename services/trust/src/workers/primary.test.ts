import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type HighWater, openHighWater } from '../high-water.ts';
import { silentLog } from '../log.ts';
import type { ProcessNumbers } from '../process-numbers.ts';
import { marksOfPrimary } from './marks-of-primary.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { numbersFromPrimary } from './numbers-of-all.ts';
import { startWorkers, type WorkerProcess } from './primary.ts';

let folder: string;
let file: string;
let marks: HighWater;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-workers-'));
  file = join(folder, 'marks');
  marks = await openHighWater(file, async () => undefined);
});
afterEach(async () => {
  await marks.close();
  await rm(folder, { recursive: true });
});

/** A worker in this process: what it says arrives as it would over a pipe, and it can be made to end. */
function workersHere() {
  const started: { exit(how: string): void; say(message: FromWorker): void; hear(listener: (message: ToWorker) => void): void }[] = [];
  const fork = (): WorkerProcess => {
    const heard: ((message: ToWorker) => void)[] = [];
    let listen: (message: FromWorker) => void = () => undefined;
    let exit: (how: string) => void = () => undefined;
    started.push({
      exit: (how) => exit(how),
      say: (message) => setImmediate(() => listen(structuredClone(message))),
      hear: (listener) => heard.push(listener),
    });
    return {
      pid: started.length,
      send(message) {
        const copy = structuredClone(message);
        setImmediate(() => {
          for (const listener of heard) listener(copy);
          if (copy.kind === 'stop') exit('exit 0');
        });
      },
      onMessage: (listener) => {
        listen = listener;
      },
      onExit: (listener) => {
        exit = listener;
      },
      kill: () => exit('SIGKILL'),
    };
  };
  return { started, fork };
}

const MARK = { timestamp: 3, snapshot: 2, seq: 2 };

it('has marks on disk that a worker raised before the worker goes on, and gives them to the next one', async () => {
  const { started, fork } = workersHere();
  const up = startWorkers({ count: 1, marks, log: silentLog(), fork });
  const [worker] = started;
  if (worker === undefined) throw new Error('no worker was started');
  worker.say({ kind: 'listening', url: 'http://127.0.0.1:1' });
  const server = await up;
  const own = await marksOfPrimary({ send: worker.say, onMessage: worker.hear }, file);
  expect(own.of('app tuf')).toBeUndefined();
  await own.raise('app tuf', MARK);
  expect(own.of('app tuf')).toEqual(MARK);
  expect(await readFile(file, 'utf8')).toContain('["app tuf",3,2,2]');
  const other = await marksOfPrimary({ send: worker.say, onMessage: worker.hear }, file);
  expect(other.of('app tuf')).toEqual(MARK);
  await server.close();
});

it('starts another worker in the place of one that died, as often as it takes, and none after it was told to stop', async () => {
  const { started, fork } = workersHere();
  const up = startWorkers({ count: 2, marks, log: silentLog(), fork });
  for (const worker of started) worker.say({ kind: 'listening', url: 'http://127.0.0.1:1' });
  const server = await up;
  started[0]?.exit('SIGKILL');
  await expect.poll(() => started.length).toBe(3);
  // It cannot start: the place is not given up.
  started[2]?.exit('exit 1');
  await expect.poll(() => started.length).toBe(4);
  await server.close();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(started).toHaveLength(4);
});

it('gathers the numbers of all, and leaves out who does not answer', async () => {
  const { started, fork } = workersHere();
  const up = startWorkers({ count: 3, marks, log: silentLog(), fork });
  const ends = started.map(({ say, hear }, index) => {
    const numbers = [{ name: `of ${index}`, values: [] }] as unknown as ProcessNumbers;
    // The last one hangs.
    const own = (): Promise<ProcessNumbers> => (index === 2 ? new Promise(() => undefined) : Promise.resolve(numbers));
    const all = numbersFromPrimary({ send: say, onMessage: hear }, own);
    say({ kind: 'listening', url: 'http://127.0.0.1:1' });
    return all;
  });
  const server = await up;
  const found = await Promise.all([ends[0]?.(), ends[1]?.()]);
  const both = [[{ name: 'of 0', values: [] }], [{ name: 'of 1', values: [] }]];
  expect(found).toEqual([both, both]);
  await server.close();
});

it('tells every worker to read its files again', async () => {
  const { started, fork } = workersHere();
  const up = startWorkers({ count: 2, marks, log: silentLog(), fork });
  const heard: string[] = [];
  for (const { say, hear } of started) {
    hear(({ kind }) => heard.push(kind));
    say({ kind: 'listening', url: 'http://127.0.0.1:1' });
  }
  const server = await up;
  await server.reload?.();
  await expect.poll(() => heard).toEqual(['reload', 'reload']);
  await server.close();
});

it('says why the first worker could not start, and leaves none behind', async () => {
  const { started, fork } = workersHere();
  const up = startWorkers({ count: 2, marks, log: silentLog(), fork });
  started[1]?.say({ kind: 'failed', code: 'cannot-listen', text: 'the address is taken' });
  setImmediate(() => setImmediate(() => started[1]?.exit('exit 1')));
  await expect(up).rejects.toMatchObject({ code: 'worker-failed', message: 'the address is taken' });
});
