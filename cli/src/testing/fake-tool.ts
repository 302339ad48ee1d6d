// A tool of somebody else for tests: a shell script that notes how it was called and says what it is told to.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from './machine.ts';

/** Installs `name` on this machine, and nothing else: the body is sh, `$@` are its words. */
export async function fakeTool(machine: Machine, name: string, body: string): Promise<void> {
  const folder = join(machine.folder, 'bin');
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\nPATH=/usr/bin:/bin\necho "${name} $*" >> '${logOf(machine)}'\n${body}\n`);
  await chmod(path, 0o755);
  machine.env = { ...machine.env, PATH: folder };
}

const logOf = (machine: Machine): string => join(machine.folder, 'calls.log');

/** One line for each call, in order. */
export async function callsOf(machine: Machine): Promise<readonly string[]> {
  return (await readFile(logOf(machine), 'utf8')).trimEnd().split('\n');
}

/** What docker prints at the end of a push. */
export const dockerPushed = (tag: string, digest: string): string =>
  `echo 'The push refers to repository'; echo '${tag}: digest: ${digest} size: 491'`;

/** podman and skopeo write the digest to the file behind --digestfile. */
export const digestFile = (digest: string): string =>
  `while [ $# -gt 0 ]; do if [ "$1" = --digestfile ]; then printf '${digest}' > "$2"; fi; shift; done`;
