// What lies in a folder of the state. A folder that is not there yet is empty; one that cannot be read is damage.
import { readdirSync } from 'node:fs';
import { systemCode } from './durable-file.ts';
import { damaged } from './state-errors.ts';

/** Throws StateError('damaged-state'). */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw damaged(folder, error);
  }
}
