// One command, from words to an exit status. Every failure leaves through here, in the format that was asked for.
import { verifyCommand } from './commands/verify.ts';
import { CommandError, UsageError } from './errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type Failure, failureOf } from './failure.ts';
import { createOutput, type Format } from './output.ts';
import { plainWords } from './tree/plain-words.ts';
import { type Given, type Handler, optionName } from './tree/spec.ts';
import { verifySpec } from './tree/verify.ts';
import { variable } from './variables.ts';
import { VERSION } from './version.ts';
import type { World } from './world.ts';

/** Runs the command that `argv` (without program names) asks for. Never throws, never exits the process. */
export async function run(argv: readonly string[], world: World): Promise<ExitCode> {
  const output = createOutput(world, formatOf(argv, world));
  let repository: string | undefined;
  try {
    const parsed = plainWords(argv, [verifySpec]) ?? (await (await allWords()).readWords(argv, VERSION));
    if ('text' in parsed) {
      output.result({ facts: { text: parsed.text }, text: parsed.text });
      return EXIT.ok;
    }
    if ('help' in parsed) {
      if (output.format === 'text') output.say(parsed.help);
      else output.failure(await failureAbout(new UsageError('bad-arguments', 'wanted a command, got none'), argv, repository));
      return EXIT.usage;
    }
    const { given } = parsed;
    const spoken = spokenBy(given);
    repository = spoken(repositoryIn(given));
    checkOutputVariable(world);
    const handler = given.command.name === verifySpec.name ? verifyCommand : await given.command.load();
    const speaksOf = (gun: string): void => {
      repository = spoken(gun);
    };
    const work = handler({ world, given, output, speaksOf, tree: async () => (await allWords()).TREE });
    const outcome = await (given.command.stops === 'by-itself' ? work : untilInterrupted(world, work));
    if (outcome?.error !== undefined) {
      const failure = await failureAbout(outcome.error, argv, repository);
      output.result(outcome, failure);
      return failure.exit;
    }
    if (outcome !== undefined) output.result(outcome);
    return EXIT.ok;
  } catch (error) {
    const failure = await failureAbout(error, argv, repository);
    output.failure(failure);
    return failure.exit;
  }
}

const allWords = () => import('./tree/words.ts');

/** Which help page to name is asked only by those who typed something wrong; the file that knows may be the one that is missing. */
async function failureAbout(error: unknown, argv: readonly string[], repository: string | undefined): Promise<Failure> {
  const help = error instanceof Error && error.name === 'UsageError' ? await helpOf(argv) : undefined;
  return failureOf(error, { repository, ...(help === undefined ? {} : { help }) });
}

async function helpOf(argv: readonly string[]): Promise<string | undefined> {
  try {
    return (await allWords()).helpOf(argv);
  } catch {
    return undefined;
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

/** How next steps name a repository: with the format that the words named it by. */
function spokenBy(given: Given): <Name extends string | undefined>(name: Name) => Name | string {
  const declared = given.command.options.some(({ flags }) => optionName(flags) === 'dialect');
  const dialect = declared ? given.text('dialect') : undefined;
  return (name) => (name === undefined || dialect === undefined ? name : `${name} --dialect ${dialect}`);
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
