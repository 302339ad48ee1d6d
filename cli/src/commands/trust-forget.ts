// `trust forget`: forgets the pin and the rollback memory of a repository, after asking.
import { forgetRepository } from '@countersign/client';
import { nativeCryptography } from '@countersign/crypto-native';
import { pinStore } from '../compose/pins.ts';
import { confirm } from '../confirm.ts';
import { dialectOf } from '../dialect.ts';
import { foldersOf } from '../folders.ts';
import { otherReading, typedGun } from '../names.ts';
import type { Handler } from '../tree/spec.ts';

export const trustForget: Handler = async (call) => {
  const { world, given, output } = call;
  const gun = typedGun(given.argument('gun'), call);
  const dialect = dialectOf(call, gun);
  const folders = foldersOf(world, given.text('trust-dir'));
  await confirm(world, given, `Forget everything this machine knows of ${gun}? Old versions could then be shown to it as new ones.`);
  const remembered = await forgetRepository(gun, {
    folders: { state: folders.state, cache: folders.cache, owner: world.userId },
    crypto: nativeCryptography(),
    dialect,
  });
  const pinned = await pinStore(folders, dialect).remove(gun);
  output.say(remembered || pinned ? `forgot ${gun}` : `there was nothing to forget of ${gun}${otherReading(gun)}`);
  return { facts: { gun, pin: pinned, memory: remembered }, text: gun };
};
