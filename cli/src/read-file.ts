// Reads what a person named on the command line: a file, or `-` for stdin, up to a limit.
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { UsageError } from './errors.ts';
import { withPath } from './with-path.ts';
import type { World } from './world.ts';

export const givenPath = (world: Pick<World, 'cwd'>, name: string): string => resolve(world.cwd, name);

/** The bytes of the file called `name`. Throws UsageError `bad-arguments` when it is longer than `limit`; system errors as they come. */
export async function readGivenFile(world: Pick<World, 'cwd' | 'stdin'>, name: string, limit: number): Promise<Uint8Array> {
  return withPath(name, async () => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of await streamOf(world, name)) {
      const bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      length += bytes.length;
      if (length > limit) throw new UsageError('bad-arguments', `${name.slice(0, 80)} is longer than ${limit} bytes`);
      chunks.push(bytes);
    }
    return Buffer.concat(chunks);
  });
}

async function streamOf(world: Pick<World, 'cwd' | 'stdin'>, name: string): Promise<Readable> {
  if (name === '-') return world.stdin;
  const file = await open(givenPath(world, name), 'r');
  return file.createReadStream();
}
