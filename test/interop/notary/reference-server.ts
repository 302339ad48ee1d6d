// Debian's notary-server, which Countersign replaces. It proves that a scenario asks for what the real thing does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from '../../lab/tools.ts';
import { writeNotaryConfig } from './notary-config.ts';
import type { Start } from './servers.ts';

/** It cannot be asked for any free port: one is found first, and another one when somebody was quicker. */
export const startReferenceServer: Start = async (surroundings) => {
  const talk: string[] = [];
  for (let tries = 0; tries < 3; tries += 1) {
    const port = await freePort();
    const config = await writeNotaryConfig(surroundings, port);
    const child = spawn('notary-server', ['-config', config], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => talk.push(chunk.toString('utf8')));
    const ended = once(child, 'exit');
    while (child.exitCode === null && !(await answers(port))) await pause(20);
    // Whoever answers may be somebody else at that port; then this one gives up within moments.
    await Promise.race([ended, pause(100)]);
    if (child.exitCode !== null) continue;
    const close = async (): Promise<void> => {
      child.kill('SIGTERM');
      await ended;
    };
    return { url: `https://127.0.0.1:${port}`, pid: child.pid ?? 0, close };
  }
  throw new Error(`notary-server ended: ${talk.join('')}`);
};

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
