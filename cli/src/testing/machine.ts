// A machine for tests: a world with folders of its own, a clock that can be set, a person who answers, and what was printed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Instant, parseInstant } from '@countersign/core';
import { type ExitCode, run, type Sink, type World } from '../index.ts';

export interface Result {
  readonly exit: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of stdout as JSON. */
  readonly json: Record<string, unknown>;
}

/** What the person at the terminal says, in order; `undefined` cancels. */
export interface Person {
  readonly answers: (string | boolean | undefined)[];
  readonly questions: string[];
}

export interface Machine {
  readonly folder: string;
  /** Everything is below it: keys, pins, state, cache, config.json, policy.json. */
  readonly trustDir: string;
  env: Record<string, string | undefined>;
  home: string | undefined;
  now: () => Instant;
  stdin: string;
  /** Somebody sits there; nobody unless set. */
  person: Person | undefined;
  http: World['http'];
  run(...argv: readonly string[]): Promise<Result>;
  /** Begins a command that ends only when it is stopped. */
  begin(...argv: readonly string[]): Running;
  remove(): Promise<void>;
}

export interface Running {
  readonly result: Promise<Result>;
  /** Resolves with the first line on stdout. */
  readonly firstLine: Promise<string>;
  stop(): void;
}

const builtAt = parseInstant('2026-01-01T00:00:00Z', 'test');

/** A machine that nobody has used before. Whoever makes it removes it. */
export async function machine(): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-cli-'));
  const trustDir = join(folder, 'trust');
  const self: Machine = {
    folder,
    trustDir,
    env: { COUNTERSIGN_TRUST_DIR: trustDir, PATH: process.env['PATH'], COUNTERSIGN_PASSPHRASE: 'correct horse' },
    home: folder,
    now: () => Date.now() as Instant,
    stdin: '',
    person: undefined,
    http: undefined,
    run: (...argv) => self.begin(...argv).result,
    begin: (...argv) => begin(self, argv),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  return self;
}

function begin(self: Machine, argv: readonly string[]): Running {
  const printed = { stdout: '', stderr: '' };
  let line: (text: string) => void = () => undefined;
  const firstLine = new Promise<string>((resolve) => {
    line = resolve;
  });
  const sink = (name: 'stdout' | 'stderr'): Sink => ({
    isTTY: false,
    write(text) {
      printed[name] += text;
      if (name === 'stdout' && printed.stdout.includes('\n')) line(printed.stdout.split('\n', 1)[0] ?? '');
    },
  });
  const stopping = new AbortController();
  const world: World = {
    stdin: Readable.from([self.stdin]),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env: self.env,
    cwd: self.folder,
    home: self.home,
    isTTY: self.person !== undefined,
    asker: async () => askerOf(self),
    now: () => self.now(),
    builtAt,
    userId: process.getuid?.(),
    processId: process.pid,
    http: self.http,
    interrupted: stopping.signal,
  };
  const result = run(argv, world).then((exit) => ({
    exit,
    ...printed,
    get json() {
      return JSON.parse(printed.stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    },
  }));
  return { result, firstLine, stop: () => stopping.abort() };
}

function askerOf({ person }: Machine): Awaited<ReturnType<World['asker']>> {
  const next = (question: string): string | boolean | undefined => {
    if (person === undefined || person.answers.length === 0) throw new Error(`nobody answers: ${question}`);
    person.questions.push(question);
    return person.answers.shift();
  };
  const words = async (question: string): Promise<string | undefined> => {
    const answer = next(question);
    return typeof answer === 'boolean' ? String(answer) : answer;
  };
  return {
    secret: words,
    text: words,
    confirm: async (question) => {
      const answer = next(question);
      return typeof answer === 'string' ? answer === 'yes' : answer;
    },
  };
}
