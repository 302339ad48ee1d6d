// From anything thrown to what is shown and to the exit status. Errors are known by the name of their family and their code,
// not by their class: a server that was loaded apart from this bundle has classes of its own.
import { EXIT, EXIT_NAMES, type ExitCode, type ExitName, type Family } from './exit-codes.ts';
import { HINTS } from './hints.ts';
import { hostOf } from './host-of.ts';
import { plain } from './plain.ts';
import { systemNext, systemWords } from './system-words.ts';

/** A failure as it is written in JSON, after `schema` and `ok`. */
export interface Failure {
  /** The error's own code: a heading of docs/reference/errors.md. */
  readonly code: string;
  readonly exit: ExitCode;
  /** The name of the exit status. */
  readonly status: ExitName;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly next: string;
  readonly see: string;
}

interface Known {
  readonly family: Family;
  readonly code: string;
}

/** What next steps name. */
export interface About {
  /** The repository that the command was about. */
  readonly repository?: string | undefined;
  /** The command that shows the help page of this one. */
  readonly help?: string;
}

export function failureOf(thrown: unknown, { repository = 'REPOSITORY', help = 'countersign help' }: About = {}): Failure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const known = familyOf(error);
  if (known !== undefined) {
    const status = lookUp(EXIT_NAMES[known.family], known.code) ?? 'failed';
    const next = ownNext(error) ?? lookUp(HINTS[known.family], known.code) ?? 'report this message';
    return failure(
      status,
      known.code,
      plain(known.family === 'StoreError' ? withCause(error) : error.message),
      detailsOf(error),
      aboutRepository(next, repository).replaceAll('HELP', help),
    );
  }
  const system = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (system !== undefined && /^E[A-Z0-9]+$/.test(system)) {
    const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
    const act = 'syscall' in error && typeof error.syscall === 'string' ? error.syscall : 'reach';
    const message = `cannot ${act} ${path ?? 'a file'}: ${systemWords(system)}`;
    const next = systemNext(system) ?? HINTS.CommandError.system;
    return failure('failed', 'system', plain(message), path === undefined ? {} : { path }, next);
  }
  const next = 'keep this message and what you did, and report it: this should not happen';
  return failure('failed', 'unexpected', plain(`unexpected: ${error.message}`), {}, next);
}

/** A name without a host is pinned only as the collection it is: see `trust pin`. */
function aboutRepository(next: string, repository: string): string {
  const pin = 'trust pin REPOSITORY sha256:HEX@N';
  const named = hostOf(repository) !== undefined || repository === 'REPOSITORY' ? next : next.replaceAll(pin, `${pin} --collection`);
  return named.replaceAll('REPOSITORY', repository);
}

function failure(status: ExitName, code: string, message: string, details: Failure['details'], next: string): Failure {
  return { code, exit: EXIT[status], status, message, details, next, see: `docs/reference/errors.md#${code}` };
}

/** What the database below said, which nobody else repeats: that a disk is full stands there alone. */
function withCause({ message, cause }: Error): string {
  if (!(cause instanceof Error)) return message;
  // A file's name is in the message already; a database that refuses to be connected to is told of by the system alone.
  if (!('syscall' in cause)) return cause.message === '' ? message : `${message}: ${cause.message.slice(0, 300)}`;
  return 'path' in cause || !('code' in cause) ? message : `${message}: ${systemWords(String(cause.code))}`;
}

const isFamily = (name: string): name is Family => Object.hasOwn(EXIT_NAMES, name);

function familyOf(error: Error): Known | undefined {
  if (!isFamily(error.name) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return { family: error.name, code: error.code };
}

const lookUp = <Value>(table: Readonly<Record<string, Value>>, code: string): Value | undefined =>
  Object.hasOwn(table, code) ? table[code] : undefined;

const ownNext = (error: Error): string | undefined => ('next' in error && typeof error.next === 'string' ? error.next : undefined);

function detailsOf(error: Error): Failure['details'] {
  if (!('details' in error) || typeof error.details !== 'object' || error.details === null) return {};
  return Object.fromEntries(Object.entries(error.details).map(([name, value]) => [name, typeof value === 'string' ? plain(value) : value]));
}
