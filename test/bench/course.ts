// A course that contestants run, each in a process of its own.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a contestant is told. */
export interface Course {
  readonly server: string;
  readonly gun: string;
  /** `sha256:HEX@N` */
  readonly pin: string;
  /** A folder of the contestant's own. It exists. */
  readonly folder: string;
}

export interface Contestant {
  /** Milliseconds of one run. */
  run(kind: 'cold' | 'warm' | 'kept'): Promise<number>;
  end(): void;
}

const ROOT = process.env['COUNTERSIGN_REPOSITORY_ROOT'] ?? fileURLToPath(new URL('../../', import.meta.url));

export function startContestant(who: 'ours' | 'tuf-js', course: Course): Contestant {
  const child = spawn(process.execPath, [join(ROOT, 'scripts/run.mjs'), 'test/bench/contestant.ts', who, JSON.stringify(course)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(kind) {
      child.stdin.write(`${kind}\n`);
      const { value } = await lines.next();
      const milliseconds = Number(value);
      if (!(milliseconds > 0)) throw new Error(`${who} gave up`);
      return milliseconds;
    },
    end: () => child.stdin.end(),
  };
}
