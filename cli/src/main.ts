// The only file that touches the process: it makes the world, runs one command, and hands its exit status to the system.
import { writeSync } from 'node:fs';
import { type Instant, parseInstant } from '@countersign/core';
import { dockerPluginMetadata, withoutPluginName } from './docker-plugin.ts';
import { CommandError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { run } from './run.ts';
import { BUILT_AT } from './version.ts';
import type { Sink, World } from './world.ts';

interface ProcessSink extends Sink {
  /** Resolves when everything is written, with what went wrong on the way. */
  flush(): Promise<Error | undefined>;
}

function sinkTo(stream: NodeJS.WriteStream): ProcessSink {
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure ??= error;
  });
  return {
    isTTY: stream.isTTY === true, // not on a pipe or a file, whatever its type says
    write(text) {
      if (failure === undefined) stream.write(text);
    },
    flush: () => new Promise((resolve) => stream.write('', () => setImmediate(() => resolve(failure)))),
  };
}

const stdout = sinkTo(process.stdout);
const stderr = sinkTo(process.stderr);
const stopping = new AbortController();
// Once only: whoever asks a second time gets the system's own answer.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

let answered = false;
// Node ends with status 13 when nothing is left that could wake a promise. Here 13 means that metadata expired.
process.once('exit', () => {
  if (answered) return;
  process.exitCode = EXIT.failed;
  writeSync(2, 'countersign: stopped in the middle: what it waited for is gone\n');
});

const world: World = {
  get stdin() {
    return process.stdin;
  },
  stdout,
  onHangup: (listener) => process.on('SIGHUP', listener),
  stderr,
  env: process.env,
  // Asked for only when a relative path comes up: everything else works where somebody removed the working folder.
  get cwd() {
    return workingFolder();
  },
  // A module that is asked for where a home is not simply set.
  home: process.env['HOME'] ?? process.getBuiltinModule('node:os').homedir(),
  get isTTY() {
    return stderr.isTTY && process.stdin.isTTY === true;
  },
  asker: async () => (await import('./ask-terminal.ts')).terminalAsker(process.stdin, process.stderr),
  // The wall clock is read here and nowhere else.
  now: () => Date.now() as Instant,
  builtAt: parseInstant(BUILT_AT, 'build date'),
  userId: process.getuid?.(),
  processId: process.pid,
  http: undefined,
  interrupted: stopping.signal,
};

function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new CommandError('system', 'the working folder was removed', { cause, next: 'cd to a folder that is there' });
  }
}

async function main(): Promise<void> {
  const argv = withoutPluginName(process.argv.slice(2), world.env);
  const metadata = dockerPluginMetadata(argv);
  if (metadata !== undefined) stdout.write(metadata);
  const exit = metadata === undefined ? await run(argv, world) : 0;
  const talked = stderr.flush();
  const unwritten = await stdout.flush();
  // A reader that left early (`| head`) is no failure; a full disk under a redirected result is.
  const lost = unwritten !== undefined && !('code' in unwritten && unwritten.code === 'EPIPE');
  if (lost) stderr.write(`countersign: the result could not be written: ${unwritten.message}\n`);
  await (lost ? stderr.flush() : talked);
  answered = true;
  process.exit(lost && exit === 0 ? 1 : exit);
}

void main();
