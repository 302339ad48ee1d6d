// What the person typed, read through the declaration of the command: asking for an option that the command does not declare is
// a mistake of ours and throws, because a pin or a policy that is silently not read would be a hole.
import { FormatError } from '@countersign/core';
import { UsageError } from './errors.ts';
import { type CommandSpec, type Given, optionName } from './tree/spec.ts';

export type OptionValue = string | boolean | readonly string[];

export function createGiven(
  command: CommandSpec,
  args: readonly (string | readonly string[] | undefined)[],
  options: ReadonlyMap<string, OptionValue>,
  globals: ReadonlySet<string>,
): Given {
  const declared = new Set([...command.options.map((option) => optionName(option.flags)), ...globals]);
  const value = (option: string): OptionValue | undefined => {
    if (!declared.has(option)) throw new Error(`command ${command.name} does not declare --${option}`);
    const found = options.get(option);
    // A variable that was not set, in a script: what should have been said must not become the default.
    if (found === '' || (typeof found === 'object' && found.includes('')))
      throw new UsageError('bad-arguments', `--${option}: wanted a value, got nothing`);
    return found;
  };
  const text = (option: string): string | undefined => {
    const found = value(option);
    return typeof found === 'string' ? found : undefined;
  };
  const argumentsCalled = (name: string): readonly string[] => {
    const at = command.arguments.findIndex((argument) => argument.name === name);
    if (at < 0) throw new Error(`command ${command.name} does not declare <${name}>`);
    const found = args[at] ?? [];
    return typeof found === 'string' ? [found] : found;
  };
  const optionalArgument = (name: string): string | undefined => argumentsCalled(name)[0];
  return {
    command,
    optionalArgument,
    repeatedArgument: argumentsCalled,
    argument(name) {
      const found = optionalArgument(name);
      if (found === undefined || found === '') throw new UsageError('bad-arguments', `wanted an argument <${name}>, got nothing`);
      return found;
    },
    text,
    texts(option) {
      const found = value(option);
      return typeof found === 'object' ? found : typeof found === 'string' ? [found] : [];
    },
    flag: (option) => value(option) === true,
    whole(option, least, most) {
      const found = text(option);
      if (found === undefined) return undefined;
      const number = Number(found);
      if (!/^[0-9]{1,15}$/.test(found) || number < least || number > (most ?? number)) {
        const range = most === undefined ? `from ${least}` : `from ${least} to ${most}`;
        throw new UsageError('bad-arguments', `--${option}: wanted a whole number ${range}, got ${found.slice(0, 40)}`);
      }
      return number;
    },
  };
}

/** What `read` makes of typed words; what it cannot read is a mistake of the person, not of a server. */
export function typed<Value>(what: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw asUsage(what, error);
  }
}

/** The same for work that takes its time. */
export async function typedLater<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw asUsage(what, error);
  }
}

function asUsage(what: string, error: unknown): unknown {
  if (!(error instanceof FormatError)) return error;
  // Some errors say already what they are about.
  const said = error.message.startsWith(`${what}: `) ? error.message : `${what}: ${error.message}`;
  return new UsageError('bad-arguments', said, { cause: error, next: `correct ${what}` });
}
