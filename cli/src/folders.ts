// Where files go: the folders of the XDG base directory specification, or one folder that the person names. Rollback memory
// lies in *state*, because clearing a cache must not clear it.
import { isAbsolute, join, resolve } from 'node:path';
import { UsageError } from './errors.ts';
import { type VariableName, variable } from './variables.ts';
import type { World } from './world.ts';

export interface Folders {
  /** Holds config.json and policy.json. */
  readonly config: string;
  readonly keys: string;
  /** What this machine was told to believe. */
  readonly pins: string;
  readonly state: string;
  readonly cache: string;
  /** The default data folder of `serve`. */
  readonly server: string;
}

/** `trustDir` is the option's value, relative to the working directory. Throws UsageError `no-folder`. */
export function foldersOf(world: Pick<World, 'env' | 'home' | 'cwd'>, trustDir: string | undefined): Folders {
  const one = trustDir ?? variable(world, 'COUNTERSIGN_TRUST_DIR');
  if (one !== undefined) {
    const base = resolve(world.cwd, one);
    return {
      config: base,
      keys: join(base, 'keys'),
      pins: join(base, 'pins'),
      state: join(base, 'state'),
      cache: join(base, 'cache'),
      server: join(base, 'server'),
    };
  }
  const data = xdg(world, 'XDG_DATA_HOME', '.local/share');
  return {
    config: xdg(world, 'XDG_CONFIG_HOME', '.config'),
    keys: join(data, 'keys'),
    pins: join(data, 'pins'),
    state: xdg(world, 'XDG_STATE_HOME', '.local/state'),
    cache: xdg(world, 'XDG_CACHE_HOME', '.cache'),
    server: join(data, 'server'),
  };
}

function xdg(world: Pick<World, 'env' | 'home'>, name: VariableName, otherwise: string): string {
  const given = variable(world, name);
  // The specification: a relative path is invalid and ignored.
  if (given !== undefined && isAbsolute(given)) return join(given, 'countersign');
  if (world.home === undefined || !isAbsolute(world.home)) {
    throw new UsageError('no-folder', `there is no home folder and ${name} is not set`);
  }
  return join(world.home, otherwise, 'countersign');
}

/** The folder of docker's configuration, where there is one to look in. */
export function dockerConfigFolder(world: Pick<World, 'env' | 'home'>): string | undefined {
  return variable(world, 'DOCKER_CONFIG') ?? (world.home === undefined ? undefined : join(world.home, '.docker'));
}
