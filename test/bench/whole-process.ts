// `countersign verify` as a person waits for it, against a Node that does nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startRegistry, uploadSampleImage } from '@countersign/testkit';
import { machine, PROGRAM, serve, temporaryFolder } from '../lab/countersign.ts';
import { duel, elapsed } from './measure.ts';
import { atMost, type Row } from './table.ts';

export async function wholeProcess(): Promise<readonly Row[]> {
  const folder = await temporaryFolder();
  const server = await serve(join(folder.path, 'data'));
  const registry = await startRegistry();
  try {
    const image = `${registry.host}/team/app`;
    const digest = await uploadSampleImage(registry.host, 'team/app', 'v1', { seed: 'bench' });
    const { countersign, env } = machine(folder.path, server.url);
    await countersign(['init', image]);
    await countersign(['sign', `${image}:v1@${digest}`]);
    const node = async (...args: readonly string[]): Promise<void> => {
      const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error(`${args.join(' ')}: exit ${code}`);
    };
    const { ours, theirs, faster } = await duel(
      { rounds: 30, turn: 1 },
      () => elapsed(() => node(PROGRAM, 'verify', `${image}:v1`)),
      () => elapsed(() => node('-e', '0')),
    );
    return [
      atMost(
        'countersign verify, whole process, against node -e 0',
        1 / faster,
        2.5,
        ` (${ours.toFixed(0)} against ${theirs.toFixed(0)} ms)`,
      ),
    ];
  } finally {
    await registry.close();
    await server.kill('SIGTERM');
    await folder.remove();
  }
}
