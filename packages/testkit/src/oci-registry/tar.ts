// A tar archive with regular files, the least that a layer needs (POSIX ustar). The same input gives the same bytes.

const BLOCK = 512;

/** `name` at most 100 bytes, content as it is; owner 0, no time. */
export interface TarFile {
  readonly name: string;
  readonly mode: number;
  readonly content: Uint8Array;
}

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;

function header({ name, mode, content }: TarFile): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100, 'utf8');
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(content.length, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(' '.repeat(8), 148); // the checksum counts its own field as blanks
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** The archive of `files`, in order. */
export function tarOf(files: readonly TarFile[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const file of files) parts.push(header(file), file.content, new Uint8Array((BLOCK - (file.content.length % BLOCK)) % BLOCK));
  parts.push(new Uint8Array(2 * BLOCK));
  return Buffer.concat(parts);
}
