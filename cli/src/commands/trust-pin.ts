// `trust pin`: believe this root from now on.
import { pinnedText } from '@countersign/client';
import { parsePin } from '@countersign/core';
import { pinStore } from '../compose/pins.ts';
import { foldersOf } from '../folders.ts';
import { typed } from '../given.ts';
import { typedGun } from '../names.ts';
import type { Handler } from '../tree/spec.ts';

export const trustPin: Handler = async ({ world, given, output }) => {
  const gun = typedGun(given.argument('gun'));
  const pinned = typed('the pin', () => parsePin(given.argument('pin')));
  await pinStore(foldersOf(world, given.text('trust-dir'))).write(gun, pinned);
  const text = pinnedText(pinned);
  output.say(`pinned ${gun}`);
  return { facts: { gun, pin: text }, text };
};
