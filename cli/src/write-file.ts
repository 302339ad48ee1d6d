// Writes a file that was not there before, for the person who asked for it.
import { open, rename, unlink } from 'node:fs/promises';

/** Throws the system's error, `EEXIST` when something is there already; a file that could not be written whole is removed. */
export async function writeNewFile(path: string, bytes: Uint8Array, options: { readonly mode: number }): Promise<void> {
  const file = await open(path, 'wx', options.mode);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await unlink(path);
    throw error;
  } finally {
    await file.close();
  }
}

/** In place of what is there: whole, or not at all. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  await writeNewFile(beside, bytes, { mode: 0o644 });
  try {
    await rename(beside, path);
  } catch (error) {
    await unlink(beside);
    throw error;
  }
}
