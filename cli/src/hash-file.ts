// The digest and length of a file of any size, read once.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type Digest, parseDigest } from '@countersign/core';
import { withPath } from './with-path.ts';

/** Throws the system's error when the file cannot be read. */
export async function hashFile(path: string): Promise<{ readonly digest: Digest; readonly length: number }> {
  const hash = createHash('sha256');
  let length = 0;
  await withPath(path, async () => {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      const bytes: Uint8Array = chunk;
      hash.update(bytes);
      length += bytes.length;
    }
  });
  return { digest: parseDigest(`sha256:${hash.digest('hex')}`), length };
}
