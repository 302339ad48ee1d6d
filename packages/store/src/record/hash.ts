// The hash that chains records. The 0x00 in front is RFC 6962 §2.1's leaf prefix, so that the same hashes can become the leaves of
// a transparency log, where no leaf may be read as an inner node.
import { createHash } from 'node:crypto';

/** `prev` of a repository's first record. */
export const noRecordHash: string = '0'.repeat(64);

/** The largest record, in bytes. */
export const maxRecordBytes = 8192;

/** Hex SHA-256 of 0x00 and the record's bytes. */
export function recordHash(bytes: Uint8Array): string {
  return createHash('sha256').update(Uint8Array.of(0)).update(bytes).digest('hex');
}
