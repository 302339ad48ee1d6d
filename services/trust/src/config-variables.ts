// Settings from the environment: `COUNTERSIGN_SERVE_TIMESTAMP_EXPIRY=12h` is `timestampExpiry`. They go before a configuration file, and
// options of the command line before them.
import { CONFIG_KEYS, isSetting } from './config.ts';
import { StartError } from './errors.ts';

const PREFIX = 'COUNTERSIGN_SERVE_';

/** `timestampExpiry` is said with COUNTERSIGN_SERVE_TIMESTAMP_EXPIRY. */
export const variableOf = (key: string): string => `${PREFIX}${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/**
 * The plain object that these variables make. What is no text is written as JSON: `true`, `4096`, `["trust.example.com"]`. Throws
 * StartError(`invalid-config`) for a variable of this kind that is none of ours: a misspelt limit would be no limit.
 */
export function readConfigVariables(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, unknown>> {
  const keys = new Map(CONFIG_KEYS.map((key) => [variableOf(key), key]));
  const settings: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || text === undefined || text === '') continue;
    const key = keys.get(name);
    if (key === undefined) throw new StartError('invalid-config', `${name}: no such setting`);
    // A variable is inherited without anybody looking: what opens a server must be written where it is started.
    if (key.startsWith('unsafe'))
      throw new StartError('invalid-config', `${name}: wanted ${key} in the file or as an option, not inherited`);
    settings[key] = isSetting(key, text) ? text : json(name, key, text);
  }
  return settings;
}

/** What it says is not repeated: it may hold a password. */
function json(name: string, key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const wanted = `wanted a value of ${key}: text that this setting takes, or JSON, as 4, true or ["trust.example.com"]`;
    throw new StartError('invalid-config', `${name}: ${wanted}`, { cause });
  }
}
