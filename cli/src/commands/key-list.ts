// `key list`: the keys of this machine. Files that cannot be used are told beside the others.
import { keyFolder } from '@countersign/signers';
import { foldersOf } from '../folders.ts';
import { keyFacts, schemeOf } from '../local-keys.ts';
import { table } from '../table.ts';
import type { Handler } from '../tree/spec.ts';

export const keyList: Handler = async ({ world, given, output }) => {
  const folder = keyFolder(foldersOf(world, given.text('trust-dir')).keys);
  const { keys, unusable } = await folder.list();
  for (const error of unusable) output.say(`unusable: ${error.message}`);
  if (keys.length === 0) output.say(`no keys in ${folder.path}`);
  const rows = keys.map(({ key, label }) => [key.fingerprint, schemeOf(key), label ?? '']);
  return {
    facts: {
      folder: folder.path,
      keys: keys.map(keyFacts),
      unusable: unusable.map(({ code, message, details }) => ({ code, message, ...details })),
    },
    text: table(rows),
  };
};
