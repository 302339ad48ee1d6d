// What goes wrong at the command line itself. The packages below have families of their own; exit-codes.ts knows them all.
import { CountersignError, type ErrorContext } from '@countersign/core';

export type UsageCode =
  | 'bad-arguments' // the words do not make a command
  | 'missing-secret' // a passphrase is needed, and there is neither a terminal nor a variable
  | 'no-server' // nothing says where the trust server is
  | 'no-folder' // neither a home folder nor a variable says where files go
  | 'bad-config'; // the configuration file is not what it should be

/** A command that cannot begin as it was asked for. `next` is the next step for this very case. */
export class UsageError extends CountersignError<UsageCode> {
  override readonly name = 'UsageError';
  readonly next: string | undefined;

  constructor(code: UsageCode, message: string, context: ErrorContext & { readonly next?: string | undefined } = {}) {
    super(code, message, context);
    this.next = context.next;
  }
}

export type CommandCode =
  | 'declined' // the person said no
  | 'interrupted' // the person or the system stopped the command
  | 'no-key' // no key of this machine may sign here
  | 'ambiguous' // a name means several things
  | 'other-draft' // something else waits for signatures
  | 'exists' // something of this name is there already
  | 'not-here' // what was asked for is not on this machine
  | 'incomplete' // a part was done, and what is left needs somebody
  | 'already-running' // another process does the same, and two would be in each other's way
  | 'tool-missing' // none of docker, podman and skopeo was found
  | 'tool-failed' // the pushing or pulling tool said no
  | 'record' // the publish record does not hold together
  | 'unhealthy' // a server was checked, and something is wrong with it
  | 'due' // a role is past the day from which it should be renewed
  | 'damaged-store' // what a server keeps is not what was stored
  | 'damaged-mirror' // a file in the folder of a mirror is not what was placed there
  | 'system'; // the operating system refused

/** A command that began and could not finish. `next` is the next step for this very case. */
export class CommandError extends CountersignError<CommandCode> {
  override readonly name = 'CommandError';
  readonly next: string | undefined;

  constructor(code: CommandCode, message: string, context: ErrorContext & { readonly next?: string | undefined } = {}) {
    super(code, message, context);
    this.next = context.next;
  }
}
