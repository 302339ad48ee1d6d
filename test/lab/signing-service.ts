// `countersign signing-service serve` as a process of its own, with certificates that are made for it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Instant } from '@countersign/core';
import { newIdentity, pemKey } from '@countersign/testkit';
import { PROGRAM } from './countersign.ts';

const DAY = 86_400_000;

export interface RunningSigner {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts it on the data folder `data` in `folder`; throws with what it said when it ends instead. */
export async function serveSigner(folder: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<RunningSigner> {
  const life = { from: (Date.now() - DAY) as Instant, until: (Date.now() + DAY) as Instant };
  const server = newIdentity({ name: 'localhost', ...life });
  mkdirSync(folder, { recursive: true });
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const tls = ['--tls-cert', file('tls.pem', server.pem), '--tls-key', file('tls.key', pemKey(server))];
  const authority = file('ca.pem', newIdentity({ name: 'trust servers', ca: true, ...life }).pem);
  const who = ['--tls-client-ca', authority, '--caller', 'trust-1'];
  const fixed = ['signing-service', 'serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'data')];
  const child = spawn(process.execPath, [PROGRAM, ...fixed, ...tls, ...who, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')));
  const ended = once(child, 'close');
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    ended.then(() => reject(new Error(`countersign signing-service serve ended: ${said.join('')}`)), reject);
  });
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
