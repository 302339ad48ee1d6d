// Large contents go in and out as they are, in binary COPY: as a parameter or a column they would be hexadecimal text, twice as long and
// built twice in memory. They are cut into parts of 1 MiB, because distributed engines want small rows.
// The form is that of "Binary Format" in PostgreSQL's page on COPY: a header, rows of counted fields, and -1.
import { randomBytes } from 'node:crypto';
import { finished } from 'node:stream/promises';
import type { Line } from './connection.ts';

/**
 * From here on a content is large: at 1 MiB both ways of writing take as long, at 16 MiB this one takes a third. Must stay above what a socket
 * reads at once (64 KiB).
 */
export const leastLarge: number = 1024 * 1024;
const partBytes = 1024 * 1024;

const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const trailer = Buffer.from([0xff, 0xff]);

export interface LargeContent {
  readonly blob: string;
  readonly bytes: Uint8Array;
}

/** A name for the parts of one content. It is random, so it needs no look at what is there, and it is safe in the text of a COPY. */
export const newBlob = (): string => randomBytes(16).toString('hex');

/** Must run inside a transaction of `line`. */
export async function writeLarge(line: Line, contents: readonly LargeContent[]): Promise<void> {
  if (contents.length === 0) return;
  const stream = await line.sql`copy countersign_parts (blob, part, bytes) from stdin (format binary)`.writable();
  stream.on('error', () => undefined);
  // In few writes: a small one that follows another waits for the answer of the other side's network stack, up to 40 ms.
  const rows = contents.flatMap(rowsOf);
  for (const [index, { head, content }] of rows.entries()) {
    const piece = Buffer.concat([...(index === 0 ? [header] : []), head, content, ...(index === rows.length - 1 ? [trailer] : [])]);
    if (!stream.write(piece)) await new Promise((resolve) => stream.once('drain', resolve));
  }
  stream.end();
  await finished(stream);
}

const rowsOf = ({ blob, bytes }: LargeContent): readonly { readonly head: Buffer; readonly content: Uint8Array }[] =>
  Array.from({ length: Math.ceil(bytes.length / partBytes) }, (_, part) => {
    const content = bytes.subarray(part * partBytes, (part + 1) * partBytes);
    return { head: rowHead(blob, part, content.length), content };
  });

function rowHead(blob: string, part: number, length: number): Buffer {
  const row = Buffer.alloc(2 + 4 + blob.length + 4 + 8 + 4);
  let at = row.writeInt16BE(3);
  at = row.writeInt32BE(blob.length, at);
  at += row.write(blob, at, 'latin1');
  at = row.writeInt32BE(8, at);
  at = row.writeBigInt64BE(BigInt(part), at);
  row.writeInt32BE(length, at);
  return row;
}

/** The bytes of a content; whoever asks compares them with their digest. */
export async function readLarge(line: Line, blob: string, length: number): Promise<Uint8Array> {
  if (!/^[0-9a-f]{32}$/.test(blob)) return new Uint8Array();
  const text = `copy (select bytes from countersign_parts where blob = '${blob}' order by part) to stdout (format binary)`;
  const reader = new RowReader(length);
  const parts = line.expectParts();
  try {
    const stream = await line.sql.unsafe(text).readable();
    // Read as it comes, never with `for await`. The driver pauses its socket when nobody has read yet, and forgets to go on when the end is
    // there as well: that takes a content that comes in one piece with its beginning, which a large one is too long for.
    stream.on('data', (message: Buffer) => {
      parts.next();
      reader.take(message);
    });
    await finished(stream);
  } finally {
    parts.over();
  }
  return reader.bytes;
}

/** Takes one field from each row. The driver hands over whole messages, each of them the header, one row, or the end. */
class RowReader {
  readonly #bytes: Uint8Array;
  #length = 0;
  #isFirst = true;

  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  take(message: Buffer): void {
    let at = 0;
    if (this.#isFirst) at = header.length;
    this.#isFirst = false;
    while (at + 6 <= message.length && message.readInt16BE(at) === 1) {
      const field = message.subarray(at + 6, at + 6 + message.readInt32BE(at + 2));
      // More than was promised is left out; the digest then tells.
      this.#bytes.set(field.subarray(0, this.#bytes.length - this.#length), this.#length);
      this.#length = Math.min(this.#bytes.length, this.#length + field.length);
      at += 6 + field.length;
    }
  }
}
