// The parts of a backup in one file: a tar archive in the ustar format of POSIX.1-1988, which every tar reads. Only plain files with
// short names are ever written, and nothing else is read: no links, no folders, no extended headers, so an archive cannot lead anywhere.
import { StoreError, shown } from '../errors.ts';
import type { BackupPart } from './parts.ts';

const block = 512;
/** A part is about 4 MiB and one item, which is at most an upload in base64. */
const longest = 256 * 1024 * 1024;

export async function* packTar(parts: AsyncIterable<BackupPart>): AsyncGenerator<Uint8Array> {
  for await (const { name, bytes } of parts) {
    yield header(name, bytes.length);
    yield bytes;
    yield new Uint8Array(padding(bytes.length));
  }
  yield new Uint8Array(2 * block);
}

/** @throws StoreError `damaged` for anything that `packTar` does not write, and for an archive that was cut off */
export async function* unpackTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<BackupPart> {
  const bytes = new Bytes(chunks);
  for (;;) {
    const head = await bytes.take(block);
    if (head.every((byte) => byte === 0)) {
      if (!(await bytes.take(block)).every((byte) => byte === 0)) throw damaged('its end is not an end');
      // Tools fill the last record of a tape; more than that would be something that nobody looked at.
      await bytes.onlyZeros(20 * block);
      return;
    }
    const name = head.subarray(0, head.indexOf(0)).toString('latin1');
    const length = Number.parseInt(head.subarray(124, 135).toString('latin1'), 8);
    if (!/^[a-z0-9.-]{1,99}$/.test(name) || !(length >= 0 && length <= longest) || !header(name, length).equals(head)) {
      throw damaged(`it holds something else than plain files: ${shown(name)}`);
    }
    const content = await bytes.take(length);
    await bytes.take(padding(length));
    yield { name, bytes: content };
  }
}

/** Everything in it follows from name and length, so that a header is right when it is this one. */
function header(name: string, length: number): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  bytes.write(name, 0, 'latin1');
  bytes.write(octal(0o600, 7), 100, 'latin1');
  bytes.write(octal(0, 7), 108, 'latin1');
  bytes.write(octal(0, 7), 116, 'latin1');
  bytes.write(octal(length, 11), 124, 'latin1');
  bytes.write(octal(0, 11), 136, 'latin1');
  bytes.write('0', 156, 'latin1');
  bytes.write('ustar\x0000', 257, 'latin1');
  bytes.write(' '.repeat(8), 148, 'latin1');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}

const padding = (length: number): number => (block - (length % block)) % block;

class Bytes {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    const pieces = [this.#rest];
    let have = this.#rest.length;
    while (have < length) {
      const { done, value } = await this.#chunks.next();
      if (done === true) throw damaged(`it was cut off: wanted ${length} bytes more, got ${have}`);
      pieces.push(Buffer.from(value.buffer, value.byteOffset, value.length));
      have += value.length;
    }
    const all = pieces.length === 1 ? this.#rest : Buffer.concat(pieces);
    this.#rest = all.subarray(length);
    return all.subarray(0, length);
  }

  async onlyZeros(most: number): Promise<void> {
    let seen = 0;
    for (;;) {
      seen += this.#rest.length;
      if (seen > most || this.#rest.some((byte) => byte !== 0)) throw damaged('something follows its end');
      const { done, value } = await this.#chunks.next();
      if (done === true) return;
      this.#rest = Buffer.from(value);
    }
  }
}

const damaged = (what: string): StoreError => new StoreError('damaged', `this is no whole archive: ${what}`);
