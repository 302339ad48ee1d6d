// Clients of TUF that share no code, and one question to each: what stands for these names, for somebody with nothing but root v1?
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openTufRepository } from '@countersign/client';
import { type Instant, parseGun, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { Updater } from 'tuf-js';
import { runCommand } from '../lab/countersign.ts';
import { loopbackHttp } from '../lab/library.ts';

export interface Question {
  readonly base: string;
  readonly gun: string;
  readonly root: Uint8Array;
  readonly names: readonly string[];
  /** Empty, and this question's alone. */
  readonly folder: string;
}
/** The SHA-256 in hex, `null` for a name that nobody signed, or `refused`. */
export type Findings = Readonly<Record<string, string | null>>;
export type Reader = (question: Question) => Promise<Findings>;
/** Starting Python takes longer than most questions: it is asked many at once. */
export type Readers = (questions: readonly Question[]) => Promise<readonly Findings[]>;

async function each(names: readonly string[], find: (name: string) => Promise<string | null>): Promise<Findings> {
  const findings: Record<string, string | null> = {};
  for (const name of names) findings[name] = await find(name).catch((error) => `refused: ${error instanceof Error ? error.name : error}`);
  return findings;
}

export const ours: Reader = async ({ base, gun, root, names, folder }) => {
  const http = loopbackHttp();
  const repository = openTufRepository({
    name: parseGun(gun),
    metadata: new URL(`${base}/`),
    folder: join(folder, 'ours'),
    owner: process.getuid?.(),
    http,
    crypto: nativeCryptography(),
    limits: STANDARD_LIMITS,
    now: () => Date.now() as Instant,
    builtAt: Date.UTC(2026, 0, 1) as Instant,
    random: (length) => randomBytes(length),
  });
  try {
    await repository.trust(root);
    return await each(names, async (name) => {
      const target = await (await repository.refresh()).find(name);
      return target?.entry.hashes.get('sha256') ?? null;
    });
  } finally {
    http.close();
  }
};

export const tufJs: Reader = async ({ base, root, names, folder }) => {
  const metadataDir = join(folder, 'tuf-js');
  await mkdir(metadataDir);
  await writeFile(join(metadataDir, 'root.json'), root);
  const updater = new Updater({
    metadataDir,
    metadataBaseUrl: base,
    targetDir: metadataDir,
    targetBaseUrl: base,
    config: { fetchRetry: 0 },
  });
  return each(names, async (name) => (await updater.getTargetInfo(name))?.hashes['sha256'] ?? null);
};

/** python-tuf in a folder of its own, from PyPI; a reason in its place where that cannot be had. */
export async function pythonTuf(folder: string): Promise<Readers | { readonly missing: string }> {
  const venv = join(folder, 'venv');
  const python = join(venv, 'bin', 'python');
  const steps = [
    ['python3', ['-m', 'venv', venv]],
    [python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'tuf==5.1.0', 'securesystemslib[crypto]']],
  ] as const;
  for (const [command, args] of steps) {
    const outcome = await runCommand(command, args).catch((error) => ({ exit: 1, stderr: String(error) }));
    if (outcome.exit !== 0) return { missing: `${command} ${args.join(' ')}: ${outcome.stderr.slice(-300)}` };
  }
  const script = fileURLToPath(new URL('read.py', import.meta.url));
  return async (questions) => {
    const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.end(JSON.stringify(questions.map(({ base, root, names }) => ({ base, root: Buffer.from(root).toString('utf8'), names }))));
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(child, 'close');
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as readonly Findings[];
  };
}
