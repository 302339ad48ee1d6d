// Tells a story step by step and keeps count of what came out as expected.
import type { Outcome } from './stage.ts';

export interface Script {
  /** A headline between steps. */
  chapter(title: string): void;
  /** Runs a command and holds its exit status to what the story expects. Returns what it did. */
  step(what: string, wanted: number, act: () => Promise<Outcome>): Promise<Outcome>;
  /** A step that is no command: it is as expected when it does not throw. */
  scene(what: string, act: () => Promise<string>): Promise<void>;
  /** The closing line, and whether every step was as expected. */
  close(): boolean;
}

export function createScript(write: (text: string) => void): Script {
  let steps = 0;
  let expected = 0;
  const line = (text: string): void => write(`${text}\n`);
  const note = (as: boolean, what: string, told: string): void => {
    steps += 1;
    if (as) expected += 1;
    line(`${String(steps).padStart(3)}  ${as ? 'ok  ' : 'FAIL'}  ${what}`);
    for (const text of told.trim().split('\n')) if (text !== '') line(`           ${text}`);
  };
  return {
    chapter: (title) => line(`\n${title}`),
    async step(what, wanted, act) {
      const outcome = await act();
      const { exit } = outcome;
      const [said = ''] = (exit === 0 ? outcome.stdout : outcome.stderr).trim().split('\n');
      const verdict = exit === wanted ? `exit ${exit}` : `exit ${exit}, wanted ${wanted}`;
      note(exit === wanted, what, `$ ${outcome.command}\n${said}\n${verdict}`);
      if (exit !== wanted) line(outcome.stderr);
      return outcome;
    },
    async scene(what, act) {
      try {
        note(true, what, await act());
      } catch (error) {
        note(false, what, error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
    },
    close() {
      line(`\ntour: ${expected} of ${steps} steps as expected`);
      return expected === steps;
    },
  };
}
