// Where a passphrase comes from: an option, the environment, the variables of docker and notary (with a notice), or a prompt on a
// terminal. Never an argument, because other users of the computer can read those. Never a prompt without a terminal.
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { CommandError, UsageError } from './errors.ts';
import { isSet, type Output } from './output.ts';
import { systemWords } from './system-words.ts';
import type { Given } from './tree/spec.ts';
import { type VariableName, variable } from './variables.ts';
import type { World } from './world.ts';

/** What the passphrase is for: docker keeps one for root keys and one for the rest, notary one for each of these. */
export interface Purpose {
  readonly key: 'root' | 'repository' | 'snapshot' | 'delegation' | 'any';
  /** How the key is called in the question. */
  readonly name: string;
  /** A new passphrase is asked twice. */
  readonly fresh: boolean;
}

export interface Passphrases {
  /** Asks each source in turn. Throws UsageError `missing-secret`, naming what to set; CommandError `declined` when cancelled. */
  get(purpose: Purpose): Promise<string>;
  /** Whether a person typed the last answer, so that a second try may give another one. */
  readonly asked: boolean;
  /** Where the last answer came from, as people call it; undefined for one that was typed. */
  readonly source: string | undefined;
  /** The path of the file that the last answer was read from; undefined where it came from no file. */
  readonly file: string | undefined;
}

const FALL_BACKS: Readonly<Record<Purpose['key'], readonly VariableName[]>> = {
  root: ['DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE', 'NOTARY_ROOT_PASSPHRASE'],
  repository: ['DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE', 'NOTARY_TARGETS_PASSPHRASE', 'NOTARY_DELEGATION_PASSPHRASE'],
  snapshot: ['DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE', 'NOTARY_SNAPSHOT_PASSPHRASE'],
  delegation: ['DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE', 'NOTARY_DELEGATION_PASSPHRASE'],
  any: [],
};

/** Whether questions may be asked at all. */
export const canAsk = (world: Pick<World, 'isTTY' | 'env'>): boolean => world.isTTY && !isSet(world.env['CI']);

/** `prefix` tells the options apart where a command needs two passphrases: `new-` for `--new-passphrase-file`. */
export function passphrases(world: World, given: Given, output: Output, prefix: '' | 'new-' = ''): Passphrases {
  const file = given.text(`${prefix}passphrase-file`);
  const descriptor = given.whole(`${prefix}passphrase-fd`, 0);
  if (file !== undefined && descriptor !== undefined) {
    throw new UsageError('bad-arguments', `--${prefix}passphrase-file and --${prefix}passphrase-fd exclude each other`);
  }
  let source: string | undefined;
  let readFrom: string | undefined;
  const fromFile = (path: string, where: string): Promise<string> => {
    readFrom = resolve(world.cwd, path);
    return firstLine(createReadStream(readFrom), `${where} ${path.slice(0, 200)}`);
  };
  // A descriptor can be read once, and several keys may ask.
  let read: Promise<string> | undefined;
  const fromOption = (): Promise<string> | undefined => {
    if (descriptor !== undefined) read ??= firstLine(descriptorStream(world, descriptor), `file descriptor ${descriptor}`);
    if (file !== undefined) read ??= fromFile(file, `--${prefix}passphrase-file`);
    if (read !== undefined) source = descriptor === undefined ? `--${prefix}passphrase-file` : `--${prefix}passphrase-fd`;
    return read;
  };
  const noticed = new Set<string>();
  const fallBack = (purpose: Purpose): string | undefined => {
    const name = FALL_BACKS[purpose.key].find((one) => variable(world, one) !== undefined);
    if (name === undefined) return undefined;
    if (!noticed.has(name)) output.say(`notice: using ${name} for the passphrase of the ${purpose.name}`);
    noticed.add(name);
    source = name;
    return variable(world, name);
  };
  const fromEnvironment = async (purpose: Purpose): Promise<string | undefined> => {
    if (prefix === 'new-') return undefined;
    const path = variable(world, 'COUNTERSIGN_PASSPHRASE_FILE');
    source = path === undefined ? 'COUNTERSIGN_PASSPHRASE' : 'COUNTERSIGN_PASSPHRASE_FILE';
    if (path !== undefined) return fromFile(path, 'COUNTERSIGN_PASSPHRASE_FILE');
    return variable(world, 'COUNTERSIGN_PASSPHRASE') ?? fallBack(purpose);
  };
  let asked = false;
  return {
    get asked() {
      return asked;
    },
    get source() {
      return asked ? undefined : source;
    },
    get file() {
      return asked ? undefined : readFrom;
    },
    async get(purpose) {
      const found = (await fromOption()) ?? (await fromEnvironment(purpose));
      asked = found === undefined;
      if (found !== undefined) return found;
      if (canAsk(world)) return ask(world, purpose);
      const option = `--${prefix}passphrase-file or --${prefix}passphrase-fd`;
      const next = prefix === '' ? `set COUNTERSIGN_PASSPHRASE or COUNTERSIGN_PASSPHRASE_FILE, or give ${option}` : `give ${option}`;
      const why = world.isTTY ? 'CI is set: nothing is asked' : 'there is no terminal to ask on';
      throw new UsageError('missing-secret', `a passphrase is needed for the ${purpose.name}, and ${why}`, { next });
    },
  };
}

async function ask(world: World, { name, fresh }: Purpose): Promise<string> {
  const asker = await world.asker();
  for (;;) {
    const first = await answered(asker.secret(fresh ? `New passphrase for the ${name}` : `Passphrase for the ${name}`));
    if (!fresh) return first;
    if (first === '') world.stderr.write('The passphrase is empty; wanted at least one character.\n');
    else if ((await answered(asker.secret('The same once more'))) === first) return first;
    else world.stderr.write('The two differ.\n');
  }
}

/** What the person answered. Throws CommandError `declined` for nothing. */
export async function answered(question: Promise<string | undefined>): Promise<string> {
  const answer = await question;
  if (answer === undefined) throw new CommandError('declined', 'no secret was given');
  return answer;
}

const descriptorStream = (world: World, fd: number): Readable => (fd === 0 ? world.stdin : createReadStream('', { fd, autoClose: true }));

const LONGEST = 4096;

/** The first line of a secret's file; `where` is what errors call it. Throws UsageError `missing-secret`. */
export async function firstLine(stream: Readable, where: string): Promise<string> {
  let text = '';
  try {
    for await (const chunk of stream) {
      text += Buffer.from(chunk).toString('utf8');
      if (text.includes('\n') || text.length > LONGEST) break;
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new UsageError('missing-secret', `cannot read the passphrase from ${where}: ${systemWords(code)}`, { cause });
  }
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  if (line === '' || line.length > LONGEST) {
    throw new UsageError('missing-secret', `${where} holds no passphrase: wanted a first line of 1 to ${LONGEST} characters`);
  }
  return line;
}
