// `backup`: everything that a trust server keeps, of one moment, verified while it is written.
import { resolve } from 'node:path';
import { counted } from '../counted.ts';
import { UsageError } from '../errors.ts';
import type { Handler } from '../tree/spec.ts';
import { draftBackup } from '../whole-store/backup-place.ts';
import { serverStream } from '../whole-store/server-stream.ts';
import { storeCounted } from '../whole-store/store-counted.ts';
import { openHere, whichStore } from '../whole-store/which-store.ts';

const EVERY = 5000;

export const backupCommand: Handler = async (call) => {
  const { world, given, output } = call;
  const to = given.text('to');
  if (to === undefined) throw new UsageError('bad-arguments', '--to: wanted a file whose name ends in .tar, or a folder to be');
  const path = resolve(world.cwd, to);
  const which = await whichStore(call);
  const { packTar, readBackup, soundItems, unpackTar, writeBackup } = await import('@countersign/trust-server');
  const draft = await draftBackup(path, packTar);
  try {
    const store = which.kind === 'server' ? undefined : await openHere(which);
    try {
      const parts =
        store !== undefined
          ? writeBackup(store.dump(), world.now())
          : unpackTar(serverStream(call, which.kind === 'server' ? which.server : unreachable(), 'backup'));
      const tapped = async function* () {
        for await (const part of parts) {
          await draft.write(part);
          yield part;
        }
      };
      let summary: Parameters<NonNullable<Parameters<typeof readBackup>[1]>>[0] | undefined;
      let items = 0;
      // What was written is read as a restore would read it: a backup that nobody could restore is none.
      for await (const _ of soundItems(readBackup(tapped(), (told) => (summary = told)))) {
        items += 1;
        if (items % EVERY === 0) output.progress(counted(items, 'item'));
      }
      if (summary === undefined) throw new Error('a backup without an end was read');
      await draft.keep();
      const { made, sha256, repositories, files, records } = summary;
      output.say('the master key and the high-water marks are not in it: keep copies of them elsewhere, each by itself');
      return {
        facts: { path, made, sha256, repositories, files, records, items },
        text: `${path}\nsha256:${sha256}\n${storeCounted(summary)}`,
      };
    } finally {
      await store?.close();
    }
  } catch (error) {
    await draft.drop();
    throw error;
  }
};

function unreachable(): never {
  throw new Error('a backup is of a folder or of a server');
}
