// `signing-service rekey`: another passphrase for the master key. The old file stays until the new one is on the disk.
import { resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { masterPassphrase } from '../master-passphrase.ts';
import type { Handler } from '../tree/spec.ts';

export const signingServiceRekey: Handler = async (call) => {
  const { world, given, output } = call;
  const { rekeyMaster } = await import('@countersign/signer-server');
  const named = given.text('data');
  if (named === undefined) throw new UsageError('bad-arguments', '--data: wanted the data folder of the signing service');
  const data = resolve(world.cwd, named);
  const from = await masterPassphrase(call);
  const to = await masterPassphrase(call, 'new-');
  await rekeyMaster(data, { from, to });
  output.say('the master key is encrypted anew; the next start needs the new passphrase');
  return { facts: { data }, text: data };
};
