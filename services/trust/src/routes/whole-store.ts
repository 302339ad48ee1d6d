// What is made of the whole store while it goes on working, for administrators: a backup, and what is wrong with it. Both are streams: a
// store may be larger than the memory, and whoever reads slowly reads the same moment all the same.
import { packTar, writeBackup } from '@countersign/store';
import type { Call } from '../call.ts';
import { fsck } from '../fsck/fsck.ts';
import { marksInForce } from '../fsck/known-marks.ts';
import { type Reply, streamReply } from '../reply.ts';
import type { World } from '../world.ts';

/** A tar archive, as `countersign backup` writes it. One that was cut off has no end, and no reader takes it. */
export async function getBackup(_call: Call, world: World): Promise<Reply> {
  return streamReply('application/x-tar', packTar(writeBackup(world.store.dump(), world.now())), { backup: true });
}

/** A line of JSON for each step; the last one is `done`. */
export async function getFsck(_call: Call, world: World): Promise<Reply> {
  return streamReply('application/jsonl', lines(world), { fsck: true });
}

async function* lines(world: World): AsyncGenerator<Uint8Array> {
  const { limits, crypto, dialects } = world;
  const rules = { limits, crypto, dialects, marks: await marksInForce(world.marks) };
  for await (const step of fsck(world.store.dump(), rules)) yield Buffer.from(`${JSON.stringify(step)}\n`);
}
