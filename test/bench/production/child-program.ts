// A program of this folder in a process of its own, which answers each line that it is sent with a line.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = process.env['COUNTERSIGN_REPOSITORY_ROOT'] ?? fileURLToPath(new URL('../../../', import.meta.url));

export const folderOfPrograms: string = join(ROOT, 'test/bench/production');

export interface ChildProgram {
  /** Its answer. Throws when it has ended. */
  ask(line: string): Promise<string>;
  end(): Promise<void>;
}

/** Resolves when the program says its first line. Start one after the other: each is compiled to one place. */
export async function startProgram(name: string, argument: string): Promise<ChildProgram> {
  const program = `test/bench/production/${name}`;
  const child = spawn(process.execPath, [join(ROOT, 'scripts/run.mjs'), program, argument], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${name} gave up`);
    return value;
  };
  await next();
  return {
    ask(line) {
      child.stdin.write(`${line}\n`);
      return next();
    },
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}
