// A trust server on as many processes as it was told: this one alone, or a primary and its workers.
import { kill, pid } from 'node:process';
import { StartError } from '../errors.ts';
import { silentLog } from '../log.ts';
import { openMarks } from '../open-marks.ts';
import { startTrustServer, type TrustServer, type TrustServerOptions } from '../start.ts';
import { forkWorker, wireToPrimary } from './cluster.ts';
import { marksOfPrimary } from './marks-of-primary.ts';
import type { FromWorker, ToWorker, Wire } from './messages.ts';
import { numbersFromPrimary } from './numbers-of-all.ts';
import { startWorkers } from './primary.ts';

export interface StartedServer extends TrustServer {
  /** A worker says nothing to people: its primary does. */
  readonly part: 'whole' | 'worker';
}

/**
 * As `startTrustServer`, with `config.workers` processes. They share the address, the store and one file of high-water marks. Throws
 * StartError `worker-failed` for what kept a worker from starting.
 */
export async function startOnProcesses(options: TrustServerOptions): Promise<StartedServer> {
  const wire = wireToPrimary();
  if (wire !== undefined) {
    // Without its primary a worker could not keep its marks.
    wire.onGone(() => kill(pid, 'SIGTERM'));
    return { ...(await startWorker(options, wire)), part: 'worker' };
  }
  const { config } = options;
  if (config.workers === 1) return { ...(await startTrustServer(options)), part: 'whole' };
  const marks = await openMarks(config);
  try {
    const log = options.log === 'silent' ? silentLog() : options.log;
    const server = await startWorkers({ count: config.workers, marks, log, fork: forkWorker });
    return { ...server, part: 'whole', close: () => server.close().finally(() => marks.close()) };
  } catch (error) {
    await marks.close();
    throw error;
  }
}

async function startWorker(options: TrustServerOptions, wire: Wire<FromWorker, ToWorker>): Promise<TrustServer> {
  wire.onMessage((message) => {
    if (message.kind === 'stop') kill(pid, 'SIGTERM');
  });
  try {
    const marks = await marksOfPrimary(wire, options.config.highWater);
    const server = await startTrustServer({ ...options, marks, siblings: (own) => numbersFromPrimary(wire, own) });
    wire.onMessage((message) => {
      if (message.kind === 'reload') void server.reload?.();
    });
    wire.send({ kind: 'listening', url: server.url, metricsUrl: server.metricsUrl });
    return server;
  } catch (error) {
    const code = error instanceof StartError ? error.code : 'internal';
    wire.send({ kind: 'failed', code, text: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}
