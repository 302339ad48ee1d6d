// Which repositories this server keeps, where an operator limits it to some prefixes.
import type { Gun } from '@countersign/core';
import { RequestError } from './errors.ts';
import { keepsGun } from './notary-config/settings.ts';
import type { World } from './world.ts';

/** Throws RequestError(`not-found`). Asked after the credentials, so that it tells strangers nothing. */
export function checkKept(world: World, gun: Gun): void {
  if (!keepsGun(world.notary, gun)) throw new RequestError('not-found', 'this server keeps no repository of this name');
}
