// Where scripts are played: the real program, a real trust server that it serves, a registry, and a home folder for each machine.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { notary, parseNotaryRoleName, pinOf, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import {
  type OldServerForTests,
  oldRepository,
  pushSampleImage,
  startOldServer,
  startRegistry,
  type TestRegistry,
} from '@countersign/testkit';
import type { Step } from './script.ts';

const program = fileURLToPath(new URL('../../cli/bin/countersign.cjs', import.meta.url));

export interface Played {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
}

export interface Stage {
  /** Begins a script: a repository and machines that no other script has. */
  begin(name: string): Promise<Play>;
  close(): Promise<void>;
}

export interface Play {
  /** What expected lines may name. */
  readonly variables: Record<string, string>;
  run(step: Step): Promise<Played>;
  /** `machine NAME`: go on at another machine. `retag FROM TO`: the registry lets the tag FROM point at what TO is. `set NAME VALUE`.
   * `old-server`: one of Notary at $OLD, which has $GUN with the pin $OLDPIN. `old-server stop`: they are switched off. */
  happen(event: readonly string[]): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-scripts-'));
  await mkdir(join(folder, 'bin'));
  await symlink(program, join(folder, 'bin', 'countersign'));
  const registry = await startRegistry();
  const { server, url } = await serve(folder);
  const olds: OldServerForTests[] = [];
  return {
    begin: (name) => beginPlay(name, { folder, registry, url, olds }),
    async close() {
      for (const old of olds) await old.close();
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function serve(folder: string): Promise<{ readonly server: ChildProcess; readonly url: string }> {
  const words = [program, 'serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'server'), '--log', 'silent'];
  const server = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { HOME: folder } });
  let printed = '';
  server.stderr.on('data', (chunk) => {
    printed += String(chunk);
  });
  const url = await new Promise<string>((resolve, reject) => {
    server.stdout.once('data', (chunk) => resolve(String(chunk).trim()));
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${printed}`)));
  });
  return { server, url };
}

interface Town {
  readonly folder: string;
  readonly registry: TestRegistry;
  readonly url: string;
  /** Old servers that scripts began. */
  readonly olds: OldServerForTests[];
}

async function beginPlay(name: string, { folder, registry, url, olds }: Town): Promise<Play> {
  const repository = `${name}/app`;
  const variables: Record<string, string> = {
    GUN: `${registry.host}/${repository}`,
    REGISTRY: registry.host,
    SERVER: url,
    V1: pushSampleImage(registry, repository, 'v1', { seed: `${name} one` }),
    V2: pushSampleImage(registry, repository, 'v2', { seed: `${name} two` }),
    COUNTERSIGN_SERVER: url,
    COUNTERSIGN_PASSPHRASE: 'correct horse',
  };
  const enter = async (machine: string): Promise<void> => {
    variables['HOME'] = join(folder, name, machine);
    await mkdir(variables['HOME'], { recursive: true });
  };
  await enter('publisher');
  return {
    variables,
    async run(step) {
      const played = await shell(step.command, variables, `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`);
      if (step.keep !== undefined) variables[step.keep] = played.stdout.trim();
      return played;
    },
    async happen([what, first = '', second = '']) {
      if (what === 'machine') return enter(first);
      if (what === 'retag') return registry.retag(repository, first, registry.digestOfTag(repository, second) ?? '');
      if (what === 'old-server' && first === 'stop') {
        for (const old of olds.splice(0)) await old.close();
        return;
      }
      if (what === 'old-server') {
        const one = await oldRepository({ gun: variables['GUN'] ?? '', now: Date.now() });
        await one.publish({ entry: 'v1', delegate: 'targets/releases' });
        await one.publish({ rotate: 'root', releases: [['targets/releases', 'v2']] });
        const env = { limits: STANDARD_LIMITS, crypto: nativeCryptography() };
        const root = notary.parse('root', parseNotaryRoleName('root'), one.files.get('1.root.json') ?? new Uint8Array(), env);
        const old = await startOldServer([one]);
        olds.push(old);
        variables['OLD'] = old.url;
        variables['OLDPIN'] = `${pinOf(root, env.crypto).digest}@1`;
        return;
      }
      if (what === 'set') {
        variables[first] = second;
        return;
      }
      throw new Error(`nothing called ${what} can happen`);
    },
  };
}

function shell(command: string, variables: Readonly<Record<string, string>>, path: string): Promise<Played> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', command], {
      cwd: variables['HOME'],
      env: { ...variables, PATH: path },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const printed = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      printed.stdout += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      printed.stderr += String(chunk);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...printed, exit: code ?? -1 }));
  });
}
