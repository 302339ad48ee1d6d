// The policy file of this machine, if it has one. A file that was named and is not there is an error, not an empty policy.
import { join, resolve } from 'node:path';
import { type Policy, parsePolicy } from '@countersign/client';
import { FormatError, STANDARD_LIMITS } from '@countersign/core';
import { UsageError } from '../errors.ts';
import { variable } from '../variables.ts';
import type { World } from '../world.ts';
import { bytesOrNone } from './config.ts';

/** Throws UsageError `bad-config`, naming the file. */
export function readPolicy(world: Pick<World, 'env' | 'cwd'>, configFolder: string): Policy | undefined {
  const named = variable(world, 'COUNTERSIGN_POLICY');
  const path = named === undefined ? join(configFolder, 'policy.json') : resolve(world.cwd, named);
  const bytes = bytesOrNone(path);
  if (bytes === undefined) {
    if (named === undefined) return undefined;
    throw new UsageError('bad-config', `COUNTERSIGN_POLICY names ${path}, which does not exist`, { details: { path } });
  }
  try {
    return parsePolicy(bytes, STANDARD_LIMITS);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UsageError('bad-config', `${path}: ${error.message}`, { cause: error, details: { path } });
  }
}
