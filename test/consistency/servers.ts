// Servers that are killed, stopped, cut off and cut off from their database, each behind a wire whose address stays and with one to a database.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from '../lab/chance.ts';
import { type RunningServer, serve } from '../lab/countersign.ts';
import { type CutProxy, openCutProxy } from './cut-proxy.ts';

export interface Servers {
  readonly urls: readonly string[];
  /** What was done, for the report. */
  readonly done: Readonly<Record<'killed' | 'stopped' | 'cut' | 'severed', number>>;
  /** Does something bad to one of them, and lets it recover. */
  strike(chance: Chance): Promise<void>;
  close(): Promise<void>;
}

/**
 * `count` servers started with `args`, each with a data folder of its own and the master key of the first. `database`: the port of a PostgreSQL
 * that they share, and that each of them has a wire to.
 */
export async function startServers(count: number, folder: string, args: readonly string[], database?: string): Promise<Servers> {
  const done = { killed: 0, stopped: 0, cut: 0, severed: 0 };
  const lines: CutProxy[] = [];
  const dataOf = (index: number): string => join(folder, `data-${index}`);
  const start = (index: number): Promise<RunningServer> => {
    const shared = index === 0 ? [] : ['--master-key-file', join(dataOf(0), 'master.key')];
    const line = lines[index];
    const store = line ? ['--store', `postgres://postgres@127.0.0.1:${line.port}/postgres`] : [];
    return serve(dataOf(index), ['--log', 'error', ...shared, ...store, ...args]);
  };
  const running: RunningServer[] = [];
  const wires: CutProxy[] = [];
  for (let index = 0; index < count; index += 1) {
    if (database !== undefined) {
      const line = await openCutProxy();
      line.lead({ hostname: '127.0.0.1', port: database });
      lines.push(line);
    }
    const [server, wire] = [await start(index), await openCutProxy()];
    wire.lead(new URL(server.url));
    running.push(server);
    wires.push(wire);
  }
  return {
    urls: wires.map(({ url }) => url),
    done,
    async strike(chance) {
      const index = chance.below(count);
      const [server, wire] = [running[index], wires[index]];
      if (server === undefined || wire === undefined) return;
      const what = chance.below(10);
      if (what < 4) {
        done.killed += 1;
        await server.kill('SIGKILL');
        const next = await start(index);
        running[index] = next;
        wire.lead(new URL(next.url));
      } else if (what < 7) {
        done.stopped += 1;
        process.kill(server.pid, 'SIGSTOP');
        await pause(chance.below(1000));
        process.kill(server.pid, 'SIGCONT');
      } else if (what < 9 || lines.length === 0) {
        done.cut += 1;
        wire.cut();
      } else {
        done.severed += 1;
        lines[index]?.cut();
      }
    },
    async close() {
      for (const wire of wires) await wire.close();
      for (const server of running) await server.kill('SIGTERM');
      for (const line of lines) await line.close();
    },
  };
}
