// Which tool moves images on this machine: the one that was named, or the first that is installed.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { CommandError, UsageError } from '../errors.ts';
import type { Given } from '../tree/spec.ts';
import type { World } from '../world.ts';

export type ToolName = 'docker' | 'podman' | 'skopeo';

export interface Tool {
  readonly name: ToolName;
  readonly program: string;
}

const NAMES: readonly ToolName[] = ['docker', 'podman', 'skopeo'];
const isToolName = (text: string): text is ToolName => NAMES.some((name) => name === text);

/** `skopeoOption` is the option that only makes sense for skopeo, and so chooses it. Throws CommandError `tool-missing`. */
export function findTool(world: World, given: Given, skopeoOption: 'from' | 'to'): Tool {
  const asked = given.text('with');
  if (asked !== undefined && !isToolName(asked))
    throw new UsageError('bad-arguments', `--with: wanted docker, podman or skopeo, got ${asked}`);
  const forSkopeo = given.text(skopeoOption) !== undefined;
  if (forSkopeo && asked !== undefined && asked !== 'skopeo') {
    throw new UsageError('bad-arguments', `--${skopeoOption} is for skopeo, and --with says ${asked}`);
  }
  const candidates = asked !== undefined ? [asked] : forSkopeo ? (['skopeo'] as const) : NAMES;
  for (const name of candidates) {
    const program = programCalled(world, name);
    if (program === undefined) continue;
    if (name === 'skopeo' && !forSkopeo) throw needsPlace(skopeoOption);
    return { name, program };
  }
  throw new CommandError('tool-missing', `none of ${candidates.join(', ')} is installed here`, { details: { path: world.env['PATH'] } });
}

function needsPlace(option: 'from' | 'to'): UsageError {
  const example = option === 'from' ? '--from containers-storage:NAME' : '--to containers-storage:NAME';
  return new UsageError('bad-arguments', `skopeo needs --${option}: it keeps no images of its own`, {
    next: `give ${example}, or oci:FOLDER:NAME`,
  });
}

function programCalled(world: World, name: string): string | undefined {
  for (const folder of (world.env['PATH'] ?? '').split(delimiter)) {
    // An empty part of PATH means the working folder, where anybody may have put a program.
    if (folder === '') continue;
    const program = join(resolve(world.cwd, folder), name);
    if (isExecutable(program)) return program;
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
