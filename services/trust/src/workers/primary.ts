// The process that starts the others. It serves nothing and signs nothing: it keeps as many workers alive as it was told, and writes the
// high-water marks of all of them.
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../errors.ts';
import type { HighWater } from '../high-water.ts';
import type { Logger } from '../log.ts';
import type { TrustServer } from '../start.ts';
import type { FromWorker, ToWorker, Wire } from './messages.ts';
import { NumbersOfAll } from './numbers-of-all.ts';

/** A process as `node:cluster` forks it. */
export interface WorkerProcess extends Wire<ToWorker, FromWorker> {
  readonly pid: number;
  onExit(listener: (how: string) => void): void;
  kill(signal: 'SIGKILL'): void;
}

export interface PrimaryOptions {
  readonly count: number;
  readonly marks: HighWater;
  readonly log: Logger;
  fork(): WorkerProcess;
}

// A worker that dies again and again must not keep the machine busy with starting it.
const [FIRST_PAUSE, LONGEST_PAUSE] = [100, 10_000];
const PATIENCE = 15_000;

/** Resolves when every worker listens. Throws StartError: what the first one said that could not start. */
export async function startWorkers({ count, marks, log, fork }: PrimaryOptions): Promise<TrustServer> {
  const workers = new Set<WorkerProcess>();
  const stop = new AbortController();
  const numbers = new NumbersOfAll();
  let url = '';
  let metricsUrl: string | undefined;

  /** From its start to its end. */
  const life = (listening: () => void): Promise<{ readonly how: string; readonly why: StartError }> =>
    new Promise((ended) => {
      const worker = fork();
      workers.add(worker);
      let why = new StartError('worker-failed', 'a worker ended before it listened');
      worker.onMessage((message) => {
        if (message.kind === 'listening') {
          ({ url, metricsUrl } = message);
          listening();
        } else if (message.kind === 'failed') why = new StartError('worker-failed', message.text, { details: { code: message.code } });
        else if (message.kind === 'numbers') numbers.heard(message.id, message.numbers);
        else if (message.kind === 'all-numbers?') {
          const { id } = message;
          void numbers.of(workers).then((all) => worker.send({ kind: 'all-numbers', id, numbers: all }));
        } else void answer(worker, message, marks);
      });
      worker.onExit((how) => {
        workers.delete(worker);
        ended({ how, why });
      });
    });

  /** One place of `count`: whoever holds it dies, and another one comes. */
  const place = (): { readonly first: Promise<void>; readonly end: Promise<void> } => {
    let end: Promise<void> = Promise.resolve();
    const first = new Promise<void>((resolve, reject) => {
      end = (async () => {
        for (let [pause, once] = [FIRST_PAUSE, false]; !stop.signal.aborted; ) {
          let listened = false;
          const { how, why } = await life(() => {
            listened = once = true;
            resolve();
          });
          if (stop.signal.aborted) return;
          if (!once) return reject(why);
          pause = listened ? FIRST_PAUSE : Math.min(2 * pause, LONGEST_PAUSE);
          log.error({ how, pause }, 'a worker ended, another one is started');
          await sleep(pause, undefined, { signal: stop.signal }).catch(() => undefined);
        }
      })();
    });
    return { first, end };
  };

  const places = Array.from({ length: count }, place);
  const close = async (): Promise<void> => {
    stop.abort();
    for (const worker of workers) worker.send({ kind: 'stop' });
    const force = setTimeout(() => {
      for (const worker of workers) worker.kill('SIGKILL');
    }, PATIENCE);
    await Promise.all(places.map(({ end }) => end));
    clearTimeout(force);
  };
  try {
    await Promise.all(places.map(({ first }) => first));
  } catch (error) {
    await close();
    throw error;
  }
  const reload = async (): Promise<void> => {
    for (const worker of workers) worker.send({ kind: 'reload' });
  };
  return { url, ...(metricsUrl === undefined ? {} : { metricsUrl }), reload, close };
}

async function answer(worker: WorkerProcess, message: FromWorker, marks: HighWater): Promise<void> {
  if (message.kind === 'marks?') worker.send({ kind: 'marks', marks: marks.all() });
  if (message.kind !== 'raise' && message.kind !== 'rewrite') return;
  const { id } = message;
  try {
    await (message.kind === 'raise' ? marks.raise(message.repository, message.mark) : marks.rewrite());
    worker.send({ kind: 'done', id });
  } catch (error) {
    worker.send({ kind: 'not-done', id, text: error instanceof Error ? error.message : String(error) });
  }
}
