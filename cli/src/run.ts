// One command, from words to an exit status. Every failure leaves through here, in the format that was asked for.
import { CommandError, UsageError } from './errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { failureOf } from './failure.ts';
import { createOutput, type Format } from './output.ts';
import { helpFor } from './tree/help-for.ts';
import { plainWords } from './tree/plain-words.ts';
import type { Given, Handler } from './tree/spec.ts';
import { TREE } from './tree/tree.ts';
import { variable } from './variables.ts';
import { VERSION } from './version.ts';
import type { World } from './world.ts';

/** Runs the command that `argv` (without program names) asks for. Never throws, never exits the process. */
export async function run(argv: readonly string[], world: World): Promise<ExitCode> {
  const output = createOutput(world, formatOf(argv, world));
  let repository: string | undefined;
  try {
    const parsed = plainWords(argv, TREE) ?? (await (await import('./tree/parse.ts')).parseWords(argv, TREE, VERSION));
    if ('text' in parsed) {
      output.result({ facts: { text: parsed.text }, text: parsed.text });
      return EXIT.ok;
    }
    if ('help' in parsed) {
      if (output.format === 'text') output.say(parsed.help);
      else output.failure(failureOf(new UsageError('bad-arguments', 'wanted a command, got none'), { help: helpFor(argv, TREE) }));
      return EXIT.usage;
    }
    const { given } = parsed;
    repository = repositoryIn(given);
    checkOutputVariable(world);
    const handler = await given.command.load();
    const speaksOf = (gun: string): void => {
      repository = gun;
    };
    const work = handler({ world, given, output, speaksOf, tree: TREE });
    const outcome = await (given.command.stops === 'by-itself' ? work : untilInterrupted(world, work));
    if (outcome?.error !== undefined) {
      const failure = failureOf(outcome.error, { repository, help: helpFor(argv, TREE) });
      output.result(outcome, failure);
      return failure.exit;
    }
    if (outcome !== undefined) output.result(outcome);
    return EXIT.ok;
  } catch (error) {
    const failure = failureOf(error, { repository, help: helpFor(argv, TREE) });
    output.failure(failure);
    return failure.exit;
  }
}

/** The repository that the words name, for next steps: without tag and digest, as the person wrote it. */
function repositoryIn(given: Given): string | undefined {
  const argument = given.command.arguments.find(({ name }) => ['gun', 'image', 'name'].includes(name));
  const text = argument && given.optionalArgument(argument.name);
  return text
    ?.split('@', 1)[0]
    ?.replace(/:[^/:]*$/, '')
    .slice(0, 255);
}

/** Which format a failure to parse is told in: decided before anything is parsed. */
function formatOf(argv: readonly string[], world: World): Format {
  const at = argv.lastIndexOf('--output');
  const joined = argv.findLast((word) => word.startsWith('--output='));
  const asked = at >= 0 ? argv[at + 1] : (joined?.slice('--output='.length) ?? variable(world, 'COUNTERSIGN_OUTPUT'));
  return asked === 'json' ? 'json' : 'text';
}

function checkOutputVariable(world: World): void {
  const format = variable(world, 'COUNTERSIGN_OUTPUT');
  if (format === undefined || format === 'text' || format === 'json') return;
  throw new UsageError('bad-arguments', `COUNTERSIGN_OUTPUT: wanted text or json, got ${format.slice(0, 40)}`);
}

/** The work, or CommandError `interrupted` as soon as somebody asks to stop. What was begun is whole or not there at all. */
async function untilInterrupted(world: World, work: ReturnType<Handler>): ReturnType<Handler> {
  const { interrupted } = world;
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(new CommandError('interrupted', 'interrupted'));
    if (interrupted.aborted) stop();
    else interrupted.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    if (stop !== undefined) interrupted.removeEventListener('abort', stop);
    work.catch(() => undefined);
  }
}
