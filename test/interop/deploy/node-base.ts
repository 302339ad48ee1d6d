// This machine's Node as the base of an image: the program, the libraries it is linked with, and a shell. It stands for the official
// image where no registry of images can be reached.
import { cp, mkdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from '../../lab/countersign.ts';

export async function layNode(folder: string, { npm }: { readonly npm: boolean } = { npm: false }): Promise<void> {
  for (const made of ['usr/local/bin', 'tmp', 'etc']) await mkdir(join(folder, made), { recursive: true });
  await layProgram(folder, process.execPath, 'usr/local/bin/node');
  await layProgram(folder, '/bin/sh', 'bin/sh');
  await layProgram(folder, '/usr/bin/env', 'usr/bin/env');
  if (!npm) return;
  for (const name of ['mkdir', 'ln', 'tar', 'gzip']) await layProgram(folder, `/bin/${name}`, `bin/${name}`);
  const { stdout } = await runCommand('npm', ['root', '--global']);
  await cp(join(stdout.trim(), 'npm'), join(folder, 'opt/npm'), { recursive: true });
  await writeFile(join(folder, 'usr/local/bin/npm'), '#!/bin/sh\nexec node /opt/npm/bin/npm-cli.js "$@"\n', { mode: 0o755 });
  for (const file of ['/etc/ssl/certs/ca-certificates.crt', '/etc/resolv.conf', '/etc/hosts'])
    await cp(await realpath(file), join(folder, file), { recursive: true });
}

async function layProgram(folder: string, program: string, place: string): Promise<void> {
  const { stdout } = await runCommand('ldd', [program]);
  for (const [, library = ''] of stdout.matchAll(/(?:=>\s*|^\s*)(\/\S+) \(0x/gm)) await lay(library, join(folder, library));
  await lay(program, join(folder, place));
}

async function lay(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(await realpath(from), to);
}
