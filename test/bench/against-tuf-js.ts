// Library verify against tuf-js 5, over the same loopback server: cold with empty folders, warm with the folders of a run before.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrustClient } from '@countersign/client';
import type { HttpClient } from '@countersign/http';
import type { Simulator } from '@countersign/testkit';
import { canonicalize } from '@tufjs/canonical-json';
import { Updater } from 'tuf-js';
import { temporaryFolder } from '../lab/countersign.ts';
import { library, loopbackHttp } from '../lab/library.ts';
import { startChildServer } from './child-server.ts';
import { flatRepository, MEDIA_TYPE, manifestOf, tagName } from './flat.ts';
import { type Duel, duel, elapsed } from './measure.ts';
import { atLeast, type Row } from './table.ts';

const TAG = 7;
const BOUNDS: readonly { readonly tags: number; readonly cold: number; readonly warm: number; readonly rounds: number }[] = [
  { tags: 100, cold: 2.5, warm: 4, rounds: 31 },
  { tags: 1000, cold: 20, warm: 50, rounds: 15 },
];

export async function againstTufJs(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { tags, cold, warm, rounds } of BOUNDS) {
    const repository = await flatRepository(tags);
    const folder = await temporaryFolder();
    const server = await startChildServer('static-server.mjs', await writeFiles(repository, join(folder.path, 'served')));
    const http = loopbackHttp();
    try {
      let run = 0;
      const fresh = (name: string): string => {
        run += 1;
        return join(folder.path, `${name}-${run}`);
      };
      const coldly = await duel(
        rounds,
        () => verify(repository, consumer(repository, server.url, fresh('ours'), http)),
        () => theirs(repository, server.url, fresh('theirs')),
      );
      rows.push(atLeast(`verify, ${tags} tags, cold, against tuf-js`, coldly.faster, cold, times(coldly)));
      const kept = consumer(repository, server.url, join(folder.path, 'kept'), http);
      const again = await duel(
        rounds,
        () => verify(repository, kept),
        () => theirs(repository, server.url, join(folder.path, 'theirs')),
      );
      rows.push(atLeast(`verify, ${tags} tags, warm, against tuf-js`, again.faster, warm, times(again)));
      const restarted = await duel(
        rounds,
        () => verify(repository, consumer(repository, server.url, join(folder.path, 'ours'), http)),
        () => theirs(repository, server.url, join(folder.path, 'theirs')),
      );
      const figure = `the same, but ours forgets what it read each time`;
      rows.push({ figure, measured: `${restarted.faster.toFixed(1)}×${times(restarted)}`, mustReach: '', reached: undefined });
    } finally {
      http.close();
      server.stop();
      await folder.remove();
    }
  }
  return rows;
}

async function writeFiles(repository: Simulator, folder: string): Promise<string> {
  await mkdir(folder);
  for (const [path, bytes] of repository.served) await writeFile(join(folder, path), bytes);
  return folder;
}

function consumer(repository: Simulator, server: string, folder: string, http: HttpClient): TrustClient {
  const [pin] = repository.anchor().pins;
  return library({ server, folder, http, pin: pin?.by === 'digest' ? pin : undefined });
}

function verify(repository: Simulator, client: TrustClient): Promise<number> {
  const manifests = { manifest: async () => ({ bytes: manifestOf(TAG), mediaType: MEDIA_TYPE }) };
  return elapsed(() => client.verify({ gun: repository.gun, tag: tagName(TAG) }, manifests));
}

const times = ({ ours, theirs }: Duel): string => ` (${ours.toFixed(1)} against ${theirs.toFixed(1)} ms)`;

/**
 * An Updater of tuf-js refreshes once in its life, so there is a new one each time; what it keeps lies in its folder. It needs root
 * v1 there: whoever has only a pin fetches and checks it first, as ours does.
 */
async function theirs(repository: Simulator, server: string, folder: string): Promise<number> {
  const base = `${server}v2/${repository.gun}/_trust/metadata`;
  const [pin] = repository.anchor().pins;
  if (pin?.by !== 'digest') throw new Error('a pinned root is needed');
  return elapsed(async () => {
    if (!existsSync(join(folder, 'root.json'))) {
      await mkdir(folder, { recursive: true });
      const root = Buffer.from(await (await fetch(`${base}/1.root.json`)).arrayBuffer());
      const signed = canonicalize(JSON.parse(root.toString('utf8')).signed) ?? '';
      if (`sha256:${createHash('sha256').update(signed).digest('hex')}` !== pin.digest) throw new Error('another root than the pinned one');
      await writeFile(join(folder, 'root.json'), root);
    }
    const updater = new Updater({ metadataDir: folder, metadataBaseUrl: base, targetDir: folder, targetBaseUrl: base });
    await updater.refresh();
    if ((await updater.getTargetInfo(tagName(TAG))) === undefined) throw new Error('tuf-js did not find the tag');
  });
}
