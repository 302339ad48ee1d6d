// The text of a script: commands as a person types them, and what they print. One line, one thing:
//
//   # words for readers
//   $ countersign verify $GUN:v1        a command for sh; `PIN=$ countersign …` keeps its stdout in $PIN
//   1> $GUN@sha256:*                    a line of stdout; `*` stands for anything within the line, `...` for any lines
//   2> ...                              a line of stderr
//   ? 15                                the exit status, when it is not 0
//   @ retag v1 v2                       something that happens in the world around: see stage.ts
//
// What is not written must not be printed. Variables are replaced in commands by sh, and in expected lines by the runner.

export interface Step {
  /** The line in the file, from 1. */
  readonly line: number;
  readonly command: string;
  /** The variable that keeps stdout. */
  readonly keep: string | undefined;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly exit: number;
}

export interface Event {
  readonly line: number;
  readonly event: readonly string[];
}

export type Scene = readonly (Step | Event)[];

/** Throws on a line that is none of the above. */
export function parseScript(text: string): Scene {
  const scene: (Step | Event)[] = [];
  let step: { line: number; command: string; keep: string | undefined; stdout: string[]; stderr: string[]; exit: number } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const command = /^(?:([A-Z0-9]+)=)?\$ (.+)$/.exec(line);
    if (command !== null) {
      step = { line: index + 1, keep: command[1], command: command[2] ?? '', stdout: [], stderr: [], exit: 0 };
      scene.push(step);
    } else if (line.startsWith('@ ')) scene.push({ line: index + 1, event: line.slice(2).split(' ') });
    else if (step !== undefined && /^1>/.test(line)) step.stdout.push(line.slice(3));
    else if (step !== undefined && /^2>/.test(line)) step.stderr.push(line.slice(3));
    else if (step !== undefined && /^\? \d+$/.test(line)) step.exit = Number(line.slice(2));
    else throw new Error(`line ${index + 1} is no part of a script: ${line}`);
  }
  return scene;
}

/** The expected lines as one pattern for the whole text. */
export function patternOf(lines: readonly string[], variables: Readonly<Record<string, string>>): RegExp {
  const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  const body = lines.map((line) => {
    if (line === '...') return '(?:.*\\n)*';
    const filled = line.replace(/\$([A-Z0-9]+)/g, (whole, name: string) => variables[name] ?? whole);
    return `${escaped(filled).replaceAll('*', '.*')}\\n`;
  });
  return new RegExp(`^${body.join('')}$`);
}
