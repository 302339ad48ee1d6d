// Servers that are killed, stopped and cut off, each behind a wire whose address stays.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from '../lab/chance.ts';
import { type RunningServer, serve } from '../lab/countersign.ts';
import { type CutProxy, openCutProxy } from './cut-proxy.ts';

export interface Servers {
  readonly urls: readonly string[];
  /** What was done, for the report. */
  readonly done: Readonly<Record<'killed' | 'stopped' | 'cut', number>>;
  /** Does something bad to one of them, and lets it recover. */
  strike(chance: Chance): Promise<void>;
  close(): Promise<void>;
}

/** `args` are what each of `count` servers is started with, beside a data folder of its own. They share the master key of the first. */
export async function startServers(count: number, folder: string, args: readonly string[]): Promise<Servers> {
  const done = { killed: 0, stopped: 0, cut: 0 };
  const dataOf = (index: number): string => join(folder, `data-${index}`);
  const start = (index: number): Promise<RunningServer> => {
    const shared = index === 0 ? [] : ['--master-key-file', join(dataOf(0), 'master.key')];
    return serve(dataOf(index), ['--log', 'error', ...shared, ...args]);
  };
  const running: RunningServer[] = [];
  const wires: CutProxy[] = [];
  for (let index = 0; index < count; index += 1) {
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
      } else {
        done.cut += 1;
        wire.cut();
      }
    },
    async close() {
      for (const wire of wires) await wire.close();
      for (const server of running) await server.kill('SIGTERM');
    },
  };
}
