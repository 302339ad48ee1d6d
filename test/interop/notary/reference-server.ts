// Debian's notary-server, which Countersign replaces. It proves that a scenario asks for what the real thing does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from '../../lab/tools.ts';
import { writeNotaryConfig } from './notary-config.ts';
import type { Start } from './servers.ts';

export const startReferenceServer: Start = async (surroundings) => {
  const port = await freePort();
  const config = await writeNotaryConfig(surroundings, port);
  const child = spawn('notary-server', ['-config', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')));
  const ended = once(child, 'exit');
  const answers = async (): Promise<boolean> => {
    const socket = connect(port, '127.0.0.1');
    const outcome = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(
      () => false,
    );
    socket.destroy();
    return outcome;
  };
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error(`notary-server ended: ${said.join('')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url: `https://127.0.0.1:${port}`,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
};
