// What an accepted publish costs each server: the same changes from one client, published in turns as `notary publish` does. Ours syncs
// each before it answers.
import { median } from '../measure.ts';
import { atMost, type Row } from '../table.ts';
import { cpuOf } from './process-figures.ts';
import type { Rival, Rivals } from './rivals.ts';
import { senderTo } from './sender.ts';
import { makeUploads, type SnapshotHolder, TAGS } from './uploads.ts';

const PUBLISHES = 500;
const TURN = 50;
// As many again before the first that counts: code that runs often is compiled by then.
const WARM_UP = 500;

/** What the reads read later. */
export const READ_GUN = 'registry.example.com/server/app';

type Way = 'publish' | 'upload';

export async function publishCpu({ ours, reference, certificate }: Rivals): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const holder of ['server', 'publisher'] as const) {
    const [mine, yours] = [await publisherTo(ours, holder), await publisherTo(reference, holder)];
    await mine(WARM_UP, 'publish');
    await yours(WARM_UP, 'publish');
    for (const way of ['publish', 'upload'] as const) {
      const turns: { readonly ours: number; readonly reference: number }[] = [];
      while (turns.length < PUBLISHES / TURN) turns.push({ ours: await mine(TURN, way), reference: await yours(TURN, way) });
      const each = (name: 'ours' | 'reference'): number => turns.reduce((sum, turn) => sum + turn[name], 0) / PUBLISHES;
      const ratio = each('ours') / each('reference');
      const spread = median(turns.map((turn) => turn.ours / turn.reference)).toFixed(2);
      const context = ` (${each('ours').toFixed(1)} against ${each('reference').toFixed(1)} ms; median turn ${spread}×)`;
      const figure = `${TAGS} tags, snapshot signed by the ${holder}, TLS with ${certificate}, against notary-server`;
      if (way === 'publish') rows.push(atMost(`server CPU of a publish (its upload and its five reads), ${figure}`, ratio, 1.5, context));
      else
        rows.push({ figure: 'of that, its upload alone', measured: `${ratio.toFixed(2)}×${context}`, mustReach: '', reached: undefined });
    }
  }
  return rows;
}

/** Publishes so many more times, and says how much CPU the server used. */
async function publisherTo(rival: Rival, holder: SnapshotHolder): Promise<(times: number, way: Way) => Promise<number>> {
  const sender = await senderTo(rival);
  const gun = holder === 'server' ? READ_GUN : `registry.example.com/${holder}/app`;
  const uploads = (await makeUploads(sender, gun, holder, WARM_UP + 2 * PUBLISHES)).values();
  await sender.upload(gun, uploads.next().value ?? new Map());
  return async (times, way) => {
    const before = await cpuOf(rival.pid);
    for (let turn = 0; turn < times; turn += 1) await sender[way](gun, uploads.next().value ?? new Map());
    return (await cpuOf(rival.pid)) - before;
  };
}
