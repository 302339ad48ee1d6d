// Accepted publishes per second: 16 publishers on 16 repositories, real signatures, every publish synced to disk before it is
// acknowledged. Beside it: how often this disk syncs a small write.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { imageEntry, parseGun } from '@countersign/core';
import { serve, temporaryFolder } from '../lab/countersign.ts';
import { MEDIA_TYPE } from './flat.ts';
import { initialise, SOME_DIGEST } from './published.ts';
import type { Row } from './table.ts';

const PUBLISHERS = 16;
const SECONDS = 5;

export async function publishes(): Promise<readonly Row[]> {
  const folder = await temporaryFolder();
  const server = await serve(join(folder.path, 'data'));
  try {
    const publishers = await Promise.all(
      Array.from({ length: PUBLISHERS }, async (_, index) => {
        const gun = parseGun(`registry.example.com/team/app-${index}`);
        return { gun, ...(await initialise(server.url, join(folder.path, `publisher-${index}`), gun)) };
      }),
    );
    const end = Date.now() + SECONDS * 1000;
    let accepted = 0;
    await Promise.all(
      publishers.map(async ({ gun, client, signer }) => {
        for (let tag = 0; Date.now() < end; tag += 1) {
          const entries = new Map([[`v${tag % 50}`, imageEntry({ digest: SOME_DIGEST, length: tag, mediaType: MEDIA_TYPE })]]);
          await client.publish(gun, { kind: 'entries', entries }, [signer]);
          accepted += 1;
        }
      }),
    );
    const synced = await syncsPerSecond(join(folder.path, 'sync'));
    const figure = 'publishes a second, 16 publishers on 16 repositories';
    const measured = `${(accepted / SECONDS).toFixed(0)} (the disk syncs ${synced.toFixed(0)} small writes a second)`;
    return [{ figure, measured, mustReach: '', reached: undefined }];
  } finally {
    await server.kill('SIGTERM');
    await folder.remove();
  }
}

async function syncsPerSecond(path: string): Promise<number> {
  const file = await open(path, 'w');
  const end = Date.now() + 2000;
  let syncs = 0;
  while (Date.now() < end) {
    await file.write(new Uint8Array(4096));
    await file.datasync();
    syncs += 1;
  }
  await file.close();
  return syncs / 2;
}
