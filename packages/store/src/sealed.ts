// Small values carry a checksum over their key and their content. LevelDB keeps checksums of its own, but its Node binding reads
// without checking them, and one flipped bit in a block can also turn a key into its neighbour's.
// Files need no seal: their key ends in the digest of their bytes.
import { createHash } from 'node:crypto';
import { StoreError, shown } from './errors.ts';

const sealLength = 32;

/** The checksum alone, of a content that is stored elsewhere. */
export const sealOf = (key: string, content: Uint8Array | string): Buffer =>
  createHash('sha256').update(key).update(Uint8Array.of(0)).update(content).digest();

export const seal = (key: string, content: Uint8Array): Uint8Array => Buffer.concat([sealOf(key, content), content]);
export const sealText = (key: string, text: string): Uint8Array => seal(key, Buffer.from(text));

/** @throws StoreError `damaged` naming the key */
export function unseal(key: string, value: Uint8Array): Uint8Array {
  const content = value.subarray(sealLength);
  if (!sealOf(key, content).equals(value.subarray(0, sealLength))) throw damaged(key, 'does not fit its checksum');
  return content;
}

/** @throws StoreError `damaged` naming the key */
export const unsealText = (key: string, value: Uint8Array): string => Buffer.from(unseal(key, value)).toString('utf8');

/** The error for stored bytes that cannot be what was stored. */
export const damaged = (key: string, what: string, cause?: unknown): StoreError =>
  new StoreError('damaged', `the stored value of '${shown(key)}' ${what}`, { cause, details: { key } });
