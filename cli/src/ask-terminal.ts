// Questions to the person at the terminal. The one file that imports @clack/prompts, and only when a question comes up.
import type { Readable, Writable } from 'node:stream';
import { confirm, isCancel, password, text } from '@clack/prompts';
import { CommandError } from './errors.ts';
import type { Asker } from './world.ts';

/** Must be given terminals: on a pipe the prompts end the process. */
export function terminalAsker(input: Readable, output: Writable): Asker {
  return {
    async secret(message) {
      const answer = await whileThere(input, (signal) => password({ message, input, output, signal }));
      return isCancel(answer) ? undefined : answer;
    },
    async confirm(message) {
      const answer = await whileThere(input, (signal) => confirm({ message, input, output, signal, initialValue: false }));
      return isCancel(answer) ? undefined : answer;
    },
    async text(message) {
      const answer = await whileThere(input, (signal) => text({ message, input, output, signal }));
      return isCancel(answer) ? undefined : answer;
    },
  };
}

/**
 * The prompts know Ctrl-C only: after Ctrl-D, or when the terminal is gone, they would wait for an answer that cannot come. And for them
 * Ctrl-C is an answer like Escape: here it throws CommandError `interrupted`, as it does everywhere else.
 */
async function whileThere<Answer>(input: Readable, question: (left: AbortSignal) => Promise<Answer>): Promise<Answer> {
  const left = new AbortController();
  let interrupted = false;
  const leave = (): void => left.abort();
  const watch = (_: unknown, key: { readonly ctrl?: boolean; readonly name?: string } | undefined): void => {
    if (key?.ctrl === true && key.name === 'd') leave();
    interrupted ||= key?.ctrl === true && key.name === 'c';
  };
  input.on('keypress', watch).once('end', leave);
  try {
    const answer = await question(left.signal);
    if (interrupted) throw new CommandError('interrupted', 'interrupted');
    return answer;
  } finally {
    input.off('keypress', watch).off('end', leave);
  }
}
