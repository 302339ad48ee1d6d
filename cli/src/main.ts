// The only file that touches the process: it makes the world, runs one command, and hands its exit status to the system.
import { homedir } from 'node:os';
import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { type Instant, parseInstant } from '@countersign/core';
import { dockerPluginMetadata, withoutPluginName } from './docker-plugin.ts';
import { run } from './run.ts';
import { BUILT_AT } from './version.ts';
import type { Sink, World } from './world.ts';

interface ProcessSink extends Sink {
  /** Resolves when everything is written, with what went wrong on the way. */
  flush(): Promise<Error | undefined>;
}

function sinkTo(stream: Writable, descriptor: number): ProcessSink {
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure ??= error;
  });
  return {
    isTTY: isatty(descriptor),
    write(text) {
      if (failure === undefined) stream.write(text);
    },
    flush: () => new Promise((resolve) => stream.write('', () => setImmediate(() => resolve(failure)))),
  };
}

const stdout = sinkTo(process.stdout, 1);
const stderr = sinkTo(process.stderr, 2);
const stopping = new AbortController();
// Once only: whoever asks a second time gets the system's own answer.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

const world: World = {
  get stdin() {
    return process.stdin;
  },
  stdout,
  stderr,
  env: process.env,
  cwd: process.cwd(),
  home: process.env['HOME'] === undefined ? homedir() : process.env['HOME'],
  isTTY: isatty(0) && stderr.isTTY,
  asker: async () => (await import('./ask-terminal.ts')).terminalAsker(process.stdin, process.stderr),
  // The wall clock is read here and nowhere else.
  now: () => Date.now() as Instant,
  builtAt: parseInstant(BUILT_AT, 'build date'),
  userId: process.getuid?.(),
  processId: process.pid,
  http: undefined,
  interrupted: stopping.signal,
};

const argv = withoutPluginName(process.argv.slice(2), world.env);
const metadata = dockerPluginMetadata(argv);
if (metadata !== undefined) stdout.write(metadata);
const exit = metadata === undefined ? await run(argv, world) : 0;
const unwritten = await stdout.flush();
// A reader that left early (`| head`) is no failure; a full disk under a redirected result is.
const lost = unwritten !== undefined && !('code' in unwritten && unwritten.code === 'EPIPE');
if (lost) stderr.write(`countersign: the result could not be written: ${unwritten.message}\n`);
await stderr.flush();
process.exit(lost && exit === 0 ? 1 : exit);
