// `signing-service take-over`: the keys and the repositories of a trust server that signed by itself.
import { dirname, resolve } from 'node:path';
import { counted, repositoriesCounted } from '../counted.ts';
import { CommandError, UsageError } from '../errors.ts';
import { masterPassphrase } from '../master-passphrase.ts';
import type { Handler } from '../tree/spec.ts';
import { partsAt } from '../whole-store/backup-place.ts';

// More than this many are counted and not listed.
const MOST = 1000;

export const signingServiceTakeOver: Handler = async (call) => {
  const { world, given, output } = call;
  const path = (name: string): string | undefined => {
    const text = given.text(name);
    return text === undefined ? undefined : resolve(world.cwd, text);
  };
  const [data, backup, masterKeyFile] = [path('data'), path('backup'), path('master-key-file')];
  if (data === undefined) throw new UsageError('bad-arguments', '--data: wanted the data folder of the signing service');
  if (backup === undefined && masterKeyFile === undefined)
    throw new UsageError('bad-arguments', '--master-key-file, --backup: wanted at least one of them');
  const { takeOverAll } = await import('@countersign/signer-server');
  const { backupFirst, backupLast, readBackup, soundItems, standingFiles, unpackTar } = await import('@countersign/trust-server');
  const { loadMasterKey } = await import('@countersign/signers');
  const secret = masterKeyFile === undefined ? undefined : await loadMasterKey({ file: masterKeyFile });
  const items = backup === undefined ? nothing() : readBackup(partsAt(backup, { unpackTar, names: [backupFirst, backupLast] }));
  const repositories = standingFiles(soundItems(items));
  const counts = { 'taken-over': 0, known: 0, refused: 0 };
  const refused: { readonly gun: string; readonly dialect: string; readonly why: string }[] = [];
  const passphrase = await masterPassphrase(call);
  for await (const { repository, outcome, why } of takeOverAll({ data, passphrase, secret, repositories, now: world.now })) {
    counts[outcome] += 1;
    if (outcome === 'refused' && refused.length < MOST) refused.push({ ...repository, why: why ?? '' });
    output.progress(`${repositoriesCounted(counts['taken-over'])} taken over`);
  }
  if (masterKeyFile !== undefined)
    output.say(`the master key is encrypted in ${data} now: take ${masterKeyFile} out of ${dirname(masterKeyFile)}, and off that machine`);
  const lines = refused.map(({ gun, dialect, why }) => `${gun} (${dialect}): ${why}`);
  const text = [
    ...lines,
    `${repositoriesCounted(counts['taken-over'])} taken over, ${counts.known} known before, ${counts.refused} refused`,
  ];
  const error =
    counts.refused === 0
      ? undefined
      : new CommandError(
          'incomplete',
          `${counted(counts.refused, 'repository does not verify as it stands', 'repositories do not verify as they stand')}, and nothing is signed there`,
          {
            details: { refused: counts.refused },
          },
        );
  return { facts: { data, takenOver: counts['taken-over'], known: counts.known, refused }, text: text.join('\n'), error };
};

async function* nothing(): AsyncGenerator<never> {}
