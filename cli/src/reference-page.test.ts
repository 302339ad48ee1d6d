import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EXIT } from './exit-codes.ts';
import { GLOBAL_OPTIONS } from './tree/options.ts';
import { type CommandSpec, isGroup } from './tree/spec.ts';
import { TREE } from './tree/tree.ts';
import { VARIABLES } from './variables.ts';
import { VERSION } from './version.ts';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const page = read('docs/reference/cli.md');
const commands: readonly (readonly [string, CommandSpec])[] = TREE.flatMap((node) =>
  isGroup(node) ? node.commands.map((command) => [`${node.name} ${command.name}`, command] as const) : [[node.name, node] as const],
);

describe('docs/reference/cli.md', () => {
  it.each(commands)('has a section for %s with each argument, option, choice and example', (name, command) => {
    const shown = command.arguments
      .map((argument) => (argument.presence === 'required' ? ` <${argument.name}>` : ` [${argument.name}]`))
      .join('');
    const [, section = ''] = page.split(`### \`countersign ${name}${shown}\`\n`);
    const [own = ''] = section.split(/^##/m);
    for (const argument of command.arguments) expect(own).toContain(`| \`<${argument.name}>\` |`);
    for (const option of command.options) expect(own).toContain(`| \`${option.flags}\` |`);
    for (const choice of [...command.arguments, ...command.options].flatMap(({ choices = [] }) => choices))
      expect(own).toContain(`\`${choice}\``);
    for (const { line } of command.examples) expect(own).toContain(line);
  });

  it('has no section for a command that does not exist', () => {
    const headings = [...page.matchAll(/^### `countersign ([a-z -]+?)(?: [<[].*)?`$/gm)].map(([, name]) => name);
    expect(headings.sort()).toEqual(commands.map(([name]) => name).sort());
  });

  it('names the options that every command has', () => {
    for (const { flags } of GLOBAL_OPTIONS) expect(page).toContain(`| \`${flags}\` |`);
  });

  it('has every exit status with its name', () => {
    const rows = [...page.matchAll(/^\| (\d+) \| `([a-z-]+)` \|/gm)].map(([, status, name = '']) => [name, Number(status)]);
    expect(Object.fromEntries(rows)).toEqual(EXIT);
  });

  it('names every variable', () => {
    for (const name of Object.keys(VARIABLES)) expect(page).toContain(`\`${name}\``);
  });
});

describe('every command', () => {
  it.each(commands)('%s loads, and has an example that begins with it', async (name, command) => {
    expect(typeof (await command.load())).toBe('function');
    expect(command.examples.some(({ line }) => line.includes(`countersign ${name}`))).toBe(true);
  });
});

describe('the version', () => {
  it('is that of the package', () => {
    expect(JSON.parse(read('cli/package.json'))).toMatchObject({ version: VERSION });
  });
});
