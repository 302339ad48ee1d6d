// The wires of node:cluster. Workers of one primary share the address that they listen on.
import cluster, { type Worker } from 'node:cluster';
import type { FromWorker, ToWorker, Wire } from './messages.ts';
import type { WorkerProcess } from './primary.ts';

/** Starts this program again, with the arguments that it was started with, as a worker. */
export function forkWorker(): WorkerProcess {
  // Maps travel as they are.
  cluster.setupPrimary({ serialization: 'advanced' });
  const worker: Worker = cluster.fork();
  return {
    pid: worker.process.pid ?? 0,
    send(message: ToWorker) {
      // One that is on its way out hears nothing any more.
      if (worker.isConnected()) worker.send(message);
    },
    onMessage: (listener) => void worker.on('message', (message: FromWorker) => listener(message)),
    onExit: (listener) => void worker.on('exit', (code, signal) => listener(signal ?? `exit ${code}`)),
    kill: (signal) => void worker.process.kill(signal),
  };
}

/** The wire to the primary; undefined in a process that is no worker. */
export function wireToPrimary(): (Wire<FromWorker, ToWorker> & { onGone(listener: () => void): void }) | undefined {
  if (!cluster.isWorker) return undefined;
  return {
    send: (message) => void process.send?.(message),
    onMessage: (listener) => void process.on('message', (message: ToWorker) => listener(message)),
    onGone: (listener) => void process.on('disconnect', listener),
  };
}
