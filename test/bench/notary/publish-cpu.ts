// What an accepted publish costs each server: the same changes from one client, uploaded in turns. Ours syncs each before it answers.
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

export async function publishCpu({ ours, reference }: Rivals): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const holder of ['server', 'publisher'] as const) {
    const [mine, yours] = [await publisherTo(ours, holder), await publisherTo(reference, holder)];
    await mine(WARM_UP);
    await yours(WARM_UP);
    const turns: { readonly ours: number; readonly reference: number }[] = [];
    while (turns.length < PUBLISHES / TURN) turns.push({ ours: await mine(TURN), reference: await yours(TURN) });
    const each = (name: 'ours' | 'reference'): number => turns.reduce((sum, turn) => sum + turn[name], 0) / PUBLISHES;
    const spread = median(turns.map((turn) => turn.ours / turn.reference)).toFixed(2);
    const figure = `server CPU of a publish, ${TAGS} tags, snapshot signed by the ${holder}, against notary-server`;
    const context = ` (${each('ours').toFixed(1)} against ${each('reference').toFixed(1)} ms; median turn ${spread}×)`;
    rows.push(atMost(figure, each('ours') / each('reference'), 1.5, context));
  }
  return rows;
}

/** Publishes so many more times, and says how much CPU the server used. */
async function publisherTo(rival: Rival, holder: SnapshotHolder): Promise<(times: number) => Promise<number>> {
  const sender = await senderTo(rival);
  const gun = holder === 'server' ? READ_GUN : `registry.example.com/${holder}/app`;
  const uploads = (await makeUploads(sender, gun, holder, WARM_UP + PUBLISHES)).values();
  await sender.publish(gun, uploads.next().value ?? new Map());
  return async (times) => {
    const before = await cpuOf(rival.pid);
    for (let turn = 0; turn < times; turn += 1) await sender.publish(gun, uploads.next().value ?? new Map());
    return (await cpuOf(rival.pid)) - before;
  };
}
