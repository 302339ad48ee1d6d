// Everything a command may touch outside its own arguments. Only main.ts makes one from the process; tests make their own,
// so that every command runs in process against real servers.
import type { Readable } from 'node:stream';
import type { Instant } from '@countersign/core';
import type { HttpClient, HttpOptions } from '@countersign/http';

/** Where text goes. `write` must keep the order of calls and must not throw. */
export interface Sink {
  readonly isTTY: boolean;
  write(text: string): void;
}

/** Asks the person at the terminal. Each answer is `undefined` when the person cancels. */
export interface Asker {
  secret(question: string): Promise<string | undefined>;
  confirm(question: string): Promise<boolean | undefined>;
  /** A line that is shown while it is typed. */
  text(question: string): Promise<string | undefined>;
}

export interface World {
  /** Calls `listener` when the system says that files should be read again (SIGHUP). */
  readonly onHangup?: (listener: () => void) => void;
  readonly stdin: Readable;
  /** Results. */
  readonly stdout: Sink;
  /** Talk: notices, progress, failures. */
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths of arguments start here. */
  readonly cwd: string;
  /** The home folder, where there is one. Never guessed: without it and without XDG variables, commands say so. */
  readonly home: string | undefined;
  /** Whether a person can be asked: stdin and stderr are terminals. */
  readonly isTTY: boolean;
  /** Loaded on the first question only; `isTTY` must be true. */
  readonly asker: () => Promise<Asker>;
  readonly now: () => Instant;
  /** When this program was built: a clock that shows less is wrong. */
  readonly builtAt: Instant;
  /** Who runs this program, as the system counts; undefined where it does not (Windows). */
  readonly userId: number | undefined;
  readonly processId: number;
  /**
   * Makes HTTP clients; the usual one unless given. The program gives none: a command is bundled with the client it uses, so that
   * the errors it catches are of its own classes.
   */
  readonly http: ((options: HttpOptions) => HttpClient) | undefined;
  /** Aborted when the person or the system asks this program to stop. */
  readonly interrupted: AbortSignal;
}
