// `env`: every variable this program reads, with the value in force, and where its files are. Secrets are never shown.
import { foldersOf } from '../folders.ts';
import { table } from '../table.ts';
import type { Handler } from '../tree/spec.ts';
import { VARIABLE_NAMES, VARIABLES, variable, withoutPassword } from '../variables.ts';

export const envCommand: Handler = async ({ world, given }) => {
  const folders = foldersOf(world, given.text('trust-dir'));
  const variables = VARIABLE_NAMES.map((name) => {
    const { what, secret } = VARIABLES[name];
    const value = variable(world, name);
    return {
      name,
      what,
      set: value !== undefined,
      ...(value === undefined ? {} : { value: secret === true ? '(set)' : withoutPassword(value) }),
    };
  });
  const rows = variables.map(({ name, value, what }) => [name, value ?? '-', what]);
  const places = Object.entries(folders).map(([name, path]) => [`${name} folder`, path]);
  return { facts: { variables, folders }, text: `${table(rows)}\n\n${table(places)}` };
};
