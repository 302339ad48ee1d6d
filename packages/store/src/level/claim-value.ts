// A claim as the table has it: its key says what is claimed, its value by whom.
import type { Gun } from '@countersign/core';
import { isGun } from '../guards.ts';
import { damaged, unsealText } from '../sealed.ts';

/** Undefined for a claim that nobody made. @throws StoreError `damaged` naming the key */
export function readClaimant(key: string, value: Uint8Array | undefined): Gun | undefined {
  if (value === undefined) return undefined;
  const gun = unsealText(key, value);
  if (!isGun(gun)) throw damaged(key, 'is not a GUN');
  return gun;
}
