// `trust pin`: believe this root from now on.
import { pinnedText } from '@countersign/client';
import { type Gun, parsePin } from '@countersign/core';
import { parseReference } from '@countersign/registry';
import { pinStore } from '../compose/pins.ts';
import { dialectOf } from '../dialect.ts';
import { UsageError } from '../errors.ts';
import { foldersOf } from '../folders.ts';
import { typed } from '../given.ts';
import { hostOf } from '../host-of.ts';
import { typedGun } from '../names.ts';
import type { Handler } from '../tree/spec.ts';

export const trustPin: Handler = async (call) => {
  const { world, given, output } = call;
  const gun = typedGun(given.argument('gun'), call);
  call.speaksOf(gun);
  const pinned = typed('the pin', () => parsePin(given.argument('pin')));
  if (!given.flag('collection')) refuseOtherReading(gun, given.argument('pin'));
  const store = pinStore(foldersOf(world, given.text('trust-dir')), dialectOf(call, gun));
  const replaced = await store.write(gun, pinned);
  const text = pinnedText((await store.read(gun)) ?? pinned);
  output.say(`pinned ${gun}`);
  if (replaced !== undefined) output.say(`in place of ${pinnedText(replaced)}; what was seen of it before still counts`);
  return { facts: { gun, pin: text, ...(replaced === undefined ? {} : { replaced: pinnedText(replaced) }) }, text };
};

/** A pin for `alpine` would lie beside what `verify alpine` looks for, and say nothing. */
function refuseOtherReading(gun: Gun, pin: string): void {
  if (hostOf(gun) !== undefined) return;
  const { gun: image } = typed('the repository name', () => parseReference(gun));
  throw new UsageError('bad-arguments', `an image called ${gun} is ${image}, which is another name than ${gun}`, {
    next: `for the image: countersign trust pin ${image} ${pin.slice(0, 100)}; for a collection of files called ${gun}: the same command with --collection`,
  });
}
