// A notary-server's configuration file, as this server takes it.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { unreadable } from '../config.ts';
import { readSettings, type Variables } from './read-settings.ts';
import { type NotaryConfig, translateSettings } from './translate.ts';

/**
 * Reads the JSON of `notary-server -config`, with the variables `NOTARY_SERVER_…` laid over it. Relative paths in it start at its folder.
 * Source: cmd/notary-server/config.go of notary 0.7.0.
 *
 * @throws StartError `invalid-config`, naming file and setting
 */
export async function readNotaryConfig(file: string, variables: Variables): Promise<NotaryConfig> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  return translateSettings(readSettings(bytes, file, variables), resolve(file), variables);
}
