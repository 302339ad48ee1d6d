// Debian's `notary` program as people run it: a trust folder of its own for each, passphrases from the environment, one trust server.
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome } from '../../lab/countersign.ts';
import { ask, demand, type Wanted } from './run.ts';
import type { Target } from './servers.ts';

export const PASSPHRASE = 'correct horse battery staple';

export interface Circumstances {
  /** What is typed at questions; nothing unless said otherwise. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Person {
  readonly trustDir: string;
  /** Throws with everything that was said unless the program succeeds. */
  notary(args: readonly string[], circumstances?: Circumstances): Promise<string>;
  /** Throws unless the program fails and gives this reason; what it said. */
  refused(args: readonly string[], because: string, circumstances?: Circumstances): Promise<string>;
  attempt(args: readonly string[], circumstances?: Circumstances): Promise<Outcome>;
  /** Somebody else with a copy of all that this one has. */
  copy(name: string): Promise<Person>;
}

/** Somebody with an empty trust folder below `folder`, who asks `target`. */
export function person(target: Target, folder: string, name: string): Person {
  const home = join(folder, name);
  const trustDir = join(home, '.notary');
  const attempt = async (args: readonly string[], { input = '', env = {} }: Circumstances = {}): Promise<Outcome> => {
    await mkdir(home, { recursive: true });
    return ask('notary', ['-s', target.url, '--tlscacert', target.ca, '-d', trustDir, ...args], input, {
      PATH: process.env['PATH'],
      HOME: home,
      NOTARY_ROOT_PASSPHRASE: PASSPHRASE,
      NOTARY_TARGETS_PASSPHRASE: PASSPHRASE,
      NOTARY_SNAPSHOT_PASSPHRASE: PASSPHRASE,
      NOTARY_DELEGATION_PASSPHRASE: PASSPHRASE,
      ...env,
    });
  };
  const told = async (wanted: Wanted, args: readonly string[], circumstances?: Circumstances): Promise<string> =>
    demand(wanted, await attempt(args, circumstances), `${name} at ${target.name}: notary ${args.join(' ')}`);
  return {
    trustDir,
    attempt,
    notary: (args, circumstances) => told('success', args, circumstances),
    refused: (args, because, circumstances) => told({ because }, args, circumstances),
    async copy(other) {
      await cp(trustDir, join(folder, other, '.notary'), { recursive: true });
      return person(target, folder, other);
    },
  };
}
