// Programs that read deployment files, where install-tools.mjs put them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = process.env['COUNTERSIGN_DEPLOY_TOOLS'];

/** The folder if these parts of it are there, or why a test is skipped. */
export function toolsWith(...paths: readonly string[]): { readonly folder: string } | { readonly missing: string } {
  if (folder === undefined) return { missing: 'COUNTERSIGN_DEPLOY_TOOLS names no folder: node test/interop/deploy/install-tools.mjs DIR' };
  const absent = paths.map((path) => join(folder, path)).find((path) => !existsSync(path));
  return absent === undefined ? { folder } : { missing: `${absent} could not be installed` };
}

/** A file or folder of this repository. */
export const ours = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
