// `key list`: the keys of this machine, and what they may sign. Files that cannot be used are told beside the others.
import { keyFolder } from '@countersign/signers';
import { foldersOf } from '../folders.ts';
import { useFacts, useLine, usesKnown, usesNow } from '../key-uses.ts';
import { knownRepositories } from '../known-names.ts';
import { keyFacts, schemeOf } from '../local-keys.ts';
import { typedGun } from '../names.ts';
import { table } from '../table.ts';
import type { Handler } from '../tree/spec.ts';

export const keyList: Handler = async (call) => {
  const { world, given, output } = call;
  const folders = foldersOf(world, given.text('trust-dir'));
  const folder = keyFolder(folders.keys);
  const { keys, unusable } = await folder.list();
  for (const error of unusable) output.say(`unusable: ${error.message}`);
  if (keys.length === 0) output.say(`no keys in ${folder.path}`);
  const repo = given.text('repo');
  const uses =
    repo === undefined ? await usesKnown(call, await knownRepositories(folders, output)) : await usesNow(call, typedGun(repo, call));
  const rows = table(keys.map(({ key, label }) => [key.fingerprint, schemeOf(key), label ?? ''])).split('\n');
  const lines = keys.flatMap(({ key, uri }, at) => [
    rows[at] ?? '',
    ...(uri === undefined ? [] : [`  at ${uri}`]),
    ...(uses.get(key.fingerprint) ?? []).map(useLine),
  ]);
  return {
    facts: {
      folder: folder.path,
      keys: keys.map((entry) => ({ ...keyFacts(entry), signs: (uses.get(entry.key.fingerprint) ?? []).map(useFacts) })),
      unusable: unusable.map(({ code, message, details }) => ({ code, message, ...details })),
    },
    text: lines.join('\n'),
  };
};
