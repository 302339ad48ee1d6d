// Hashes as the notary program takes and prints them: lower-case hex.
import { createHash } from 'node:crypto';

export const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
export const sha512 = (text: string | Uint8Array): string => createHash('sha512').update(text).digest('hex');
