// What lies in the cache need not be a file: a pipe waits for somebody who never writes, a device has no end. Neither may hold up a
// verification, nor a program that lives on.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { image, published } from './victims/story.ts';
import { againstClients } from './victims/victims.ts';

const KINDS: Readonly<Record<string, (path: string) => unknown>> = {
  'a pipe': (path) => execFileSync('mkfifo', [path]),
  'a link to a device': (path) => symlinkSync('/dev/zero', path),
  'a folder': (path) => mkdirSync(path),
  'a link to itself': (path) => symlinkSync(path, path),
};

againstClients('asks again instead of reading', (start) => {
  it.skipIf(platform() === 'win32').each(Object.keys(KINDS))('%s', async (kind) => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    const [folder = ''] = readdirSync(victim.folders.cache);
    for (const name of readdirSync(join(victim.folders.cache, folder))) {
      const path = join(victim.folders.cache, folder, name);
      rmSync(path);
      KINDS[kind]?.(path);
    }
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });
});
