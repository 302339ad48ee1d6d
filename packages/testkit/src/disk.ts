// For tests: real disks of a test's own, small, full, or gone read-only with files open. Mounting needs root; who may not is told why.
import { execFileSync } from 'node:child_process';
import { appendFile, copyFile, mkdtemp, rm, rmdir, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why there is none here; a test must skip itself with it. */
export interface NoDisk {
  readonly reason: string;
}

export interface Disk {
  /** Where it is mounted. */
  readonly path: string;
  remove(): Promise<void>;
}

/** In memory, of the size that mount(8) takes: `20m`. */
export async function smallDisk(size: string): Promise<Disk | NoDisk> {
  // Not among the folders of the laboratory: those are removed before this one can be taken off.
  const path = await mkdtemp(join(tmpdir(), 'countersign-disk-'));
  const refused = tried('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'countersign-test', path);
  if (refused === undefined) return { path, remove: () => unmounted(path) };
  await rmdir(path);
  return { reason: `no file system can be mounted here: ${refused}` };
}

/** A disk that can fail: the kernel then refuses every write, files that are open included, and still reads. */
export interface FailingDisk extends Disk {
  fail(): void;
  /** Puts a disk with the same content, repaired, under the same path. */
  replace(): Promise<void>;
}

export async function failingDisk(): Promise<FailingDisk | NoDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-image-'));
  const path = await mkdtemp(join(tmpdir(), 'countersign-disk-'));
  const [image, repaired] = [join(folder, 'one'), join(folder, 'two')];
  const gone = async (): Promise<void> => {
    await rmdir(path);
    await rm(folder, { recursive: true, force: true });
  };
  await writeFile(image, '');
  await truncate(image, 64 * 1024 * 1024);
  const refused = tried('mkfs.ext4', '-q', '-m', '0', image) ?? tried('mount', '-o', 'loop,errors=remount-ro', image, path);
  if (refused !== undefined) {
    await gone();
    return { reason: `no ext4 can be mounted here: ${refused}` };
  }
  return {
    path,
    // An ordinary `remount,ro` is refused while files are open for writing. This is what ext4 does by itself on a broken disk.
    fail: () => run('mount', '-o', 'remount,abort', path),
    async replace() {
      // The old one stays as long as files in it are open, so what is mounted next must be another.
      await copyFile(image, repaired);
      run('umount', '-l', path);
      // 1: errors were found and corrected.
      tried('e2fsck', '-p', repaired);
      run('mount', '-o', 'loop', repaired, path);
    },
    async remove() {
      run('umount', '-l', path);
      await gone();
    },
  };
}

/** Takes the last byte of a disk. Returns the file that holds it. */
export async function fill(disk: string): Promise<string> {
  const file = join(disk, 'filler');
  for (let piece = 1024 * 1024; piece >= 1; piece = Math.floor(piece / 4)) {
    for (;;) {
      try {
        await appendFile(file, Buffer.alloc(piece, 1));
      } catch {
        break;
      }
    }
  }
  return file;
}

async function unmounted(path: string): Promise<void> {
  run('umount', '-l', path);
  await rmdir(path);
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: 'pipe' });
}

/** Why it did not work. */
function tried(program: string, ...args: readonly string[]): string | undefined {
  try {
    run(program, ...args);
    return undefined;
  } catch (error) {
    // The first line repeats the command, the second says why, and what follows tells where to read more.
    const [command = '', why = command] = error instanceof Error ? error.message.trim().split('\n') : [];
    return why.slice(0, 120) || 'unknown';
  }
}
