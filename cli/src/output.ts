// Results on stdout, talk on stderr, in text or JSON. Progress is for terminals only, and never for CI.
import type { Failure } from './failure.ts';
import { createPaint, type Paint } from './paint.ts';
import { plainJson, plainLines } from './plain.ts';
import type { World } from './world.ts';

export type Format = 'text' | 'json';

/** What a command found out: facts for machines, and lines for people. Text lines carry no final newline. */
export interface Outcome {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** What is wrong with what was found out: told after the result, and the exit status is that of this error. */
  readonly error?: Error | undefined;
}

export interface Output {
  readonly format: Format;
  /** Colours for stderr. */
  readonly paint: Paint;
  /** A result, on stdout: in JSON one object in one line. */
  result(outcome: Outcome, failure?: Failure): void;
  /** A failure: text on stderr, JSON on stdout, where a program that reads results will find it. */
  failure(failure: Failure): void;
  /** Talk for people, on stderr, in both formats: a line or several. */
  say(text: string): void;
  /** What is under way, on stderr, when somebody watches. */
  progress(text: string): void;
}

const SCHEMA = 1;

export function createOutput(world: World, format: Format): Output {
  const { stdout, stderr, env } = world;
  const paint = createPaint(stderr, env);
  const watched = stderr.isTTY && !isSet(env['CI']);
  const json = (value: object): void => stdout.write(`${plainJson(JSON.stringify({ schema: SCHEMA, ...value }))}\n`);
  return {
    format,
    paint,
    result({ facts, text }, failure) {
      if (format === 'json') return json(failure === undefined ? { ok: true, ...facts } : { ok: false, ...failure, ...facts });
      if (text !== '') stdout.write(`${plainLines(text)}\n`);
      if (failure !== undefined) stderr.write(failureText(failure, paint));
    },
    failure(failure) {
      if (format === 'json') json({ ok: false, ...failure });
      else stderr.write(failureText(failure, paint));
    },
    say(text) {
      // Whatever quotes a server, a file or a name that was signed elsewhere comes through here.
      stderr.write(`${paint.lines(text)}\n`);
    },
    progress(text) {
      if (watched) stderr.write(`${paint.lines(paint.dim(text))}\n`);
    },
  };
}

/** A variable counts as set unless it is empty, `0` or `false`, as most programs read `CI`. */
export const isSet = (value: string | undefined): boolean => value !== undefined && !['', '0', 'false'].includes(value);

function failureText({ message, details, next, see }: Failure, paint: Paint): string {
  const lines = [`${paint.red('countersign:')} ${message}`];
  for (const name of ['wanted', 'got'] as const) {
    const value = details[name];
    if (typeof value === 'string' || typeof value === 'number') lines.push(`  ${name.padEnd(6)} ${value}`);
  }
  lines.push(`  next   ${next}`, paint.dim(`  see    ${see}`));
  return `${lines.join('\n')}\n`;
}
