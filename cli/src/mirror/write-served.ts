// Writes a file that a web server may be reading at this moment.
import { open, rename } from 'node:fs/promises';

/** Readable by the web server; whole under its name, or not there. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  const file = await open(beside, 'w', 0o644);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}
