// Unit files of systemd, as far as ours go: sections, settings that repeat, an empty one that forgets those before it, comments. Nothing
// is quoted or continued in ours, and whoever begins with it is told.

export type Unit = ReadonlyMap<string, readonly string[]>;

/** Settings by `Section.Key`. Drop-ins follow the unit they change. */
export function readUnit(...files: readonly string[]): Unit {
  const settings = new Map<string, readonly string[]>();
  for (const file of files) {
    let section = '';
    for (const line of file.split('\n')) {
      if (line === '' || /^[#;]/.test(line)) continue;
      const heading = /^\[(\w+)\]$/.exec(line)?.[1];
      if (heading !== undefined) {
        section = heading;
        continue;
      }
      const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
      if (key === '' || /["'\\]/.test(value)) throw new Error(`this reader does not know ${line}`);
      const name = `${section}.${key}`;
      settings.set(name, value === '' ? [] : [...(settings.get(name) ?? []), value]);
    }
  }
  return settings;
}

export const allOf = (unit: Unit, name: string): readonly string[] => unit.get(name) ?? [];

export function oneOf(unit: Unit, name: string): string {
  const [value, ...more] = allOf(unit, name);
  if (value === undefined || more.length > 0) throw new Error(`wanted ${name} once, got ${1 + more.length}`);
  return value;
}

/** The lines of an EnvironmentFile. */
export const readVariables = (file: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...file.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));

/** The words of a command, with `${NAME}` as systemd replaces it. */
export const wordsOf = (command: string, env: Readonly<Record<string, string>>): readonly string[] =>
  command.split(' ').map((word) =>
    word.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
      const value = env[name];
      if (value === undefined) throw new Error(`${command}: nothing sets ${name}`);
      return value;
    }),
  );
