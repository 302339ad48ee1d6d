// Questions to the person at the terminal. The one file that imports @clack/prompts, and only when a question comes up.
import type { Readable, Writable } from 'node:stream';
import { confirm, isCancel, password } from '@clack/prompts';
import type { Asker } from './world.ts';

/** Must be given terminals: on a pipe the prompts end the process. */
export function terminalAsker(input: Readable, output: Writable): Asker {
  return {
    async secret(message) {
      const answer = await password({ message, input, output });
      return isCancel(answer) ? undefined : answer;
    },
    async confirm(message) {
      const answer = await confirm({ message, input, output, initialValue: false });
      return isCancel(answer) ? undefined : answer;
    },
  };
}
