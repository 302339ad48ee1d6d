// The bytes of a file or of a draft, in its row or in parts.
import type { Line } from './connection.ts';
import { readLarge } from './large.ts';

/** A content as its row tells of it. */
export interface ContentRow {
  readonly length: number;
  readonly bytes: Buffer | null;
  readonly blob: string | null;
}

/** Whoever asks compares them with their digest. */
export async function contentOver(line: Line, { length, bytes, blob }: ContentRow): Promise<Uint8Array> {
  return blob === null ? new Uint8Array(bytes ?? []) : await line.run(() => readLarge(line, blob, length));
}
