// Which database a store is in. Its URL may hold a password, and whoever lists processes reads their command lines.
import { UsageError } from '../errors.ts';
import { readGivenFile } from '../read-file.ts';
import type { Call } from '../tree/spec.ts';
import { variable } from '../variables.ts';

const LONGEST = 4096;

/** The member `store` of the configuration, from the option, the file that it names, or the variable. Throws UsageError. */
export async function databaseOf(call: Call): Promise<Readonly<Record<string, unknown>>> {
  const given = await givenDatabase(call);
  const [ours, setting] = [variable(call.world, 'COUNTERSIGN_STORE'), call.world.env['COUNTERSIGN_SERVE_STORE']];
  if (given === undefined && ours !== undefined && setting !== undefined && ours !== setting)
    throw new UsageError('bad-arguments', 'COUNTERSIGN_STORE, COUNTERSIGN_SERVE_STORE: wanted one of them, got two that differ');
  const store = given ?? ours;
  return store === undefined ? {} : { store };
}

/** The URL from the option or the file that it names. Throws UsageError. */
export async function givenDatabase({ world, given }: Call): Promise<string | undefined> {
  const [url, file] = [given.text('store'), given.text('store-file')];
  if (url !== undefined && file !== undefined) throw new UsageError('bad-arguments', '--store, --store-file: wanted one of them');
  if (url !== undefined && /^[a-z]+:\/\/[^/@]*:[^/]*@|[?&]password=/i.test(url))
    throw new UsageError('bad-arguments', '--store: a password here is seen by everybody who lists processes: use --store-file');
  if (file === undefined) return url;
  const text = new TextDecoder().decode(await readGivenFile(world, file, LONGEST));
  const line = text.split('\n', 1)[0]?.trim() ?? '';
  if (line === '') throw new UsageError('bad-arguments', `--store-file: wanted a URL in the first line of ${file.slice(0, 80)}`);
  return line;
}
