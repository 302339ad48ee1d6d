// Reads over TLS: on a connection for each request, as Notary's clients ask, and on connections that stay. What a connection costs is
// decided by the certificate: Go signs slowly with RSA, and as fast as OpenSSL with P-256.
import { median } from '../measure.ts';
import { atLeast, type Row } from '../table.ts';
import { keptConnections, type Load, newConnections } from './load.ts';
import { cpuOf } from './process-figures.ts';
import { READ_GUN } from './publish-cpu.ts';
import type { Rival, Rivals } from './rivals.ts';
import { senderTo } from './sender.ts';

const ROUNDS = 5;

const BOUNDS = [
  { file: 'timestamp', newEach: 1, kept: 3 },
  { file: 'targets', newEach: 0.6, kept: 1 },
] as const;

/** Of `READ_GUN`, which has to be there. */
export async function reads({ ours, reference, certificate }: Rivals): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { file, newEach, kept } of BOUNDS) {
    const path = `/v2/${READ_GUN}/_trust/tuf/${file}.json`;
    const size = (await (await senderTo(ours)).get(path)).length;
    for (const { name, load, bound } of [
      { name: 'a connection each', load: newConnections, bound: newEach },
      { name: 'kept connections', load: keptConnections, bound: kept },
    ]) {
      const rounds: { readonly ours: Rate; readonly reference: Rate }[] = [];
      for (let round = 0; round <= ROUNDS; round += 1) {
        const pair = { ours: await rateOf(load, ours, path, size), reference: await rateOf(load, reference, path, size) };
        // The first one warms up.
        if (round > 0) rounds.push(pair);
      }
      const of = (who: 'ours' | 'reference', what: keyof Rate): string => median(rounds.map((round) => round[who][what])).toFixed(0);
      const figure = `GET ${file}.json (${size} bytes) over TLS (${certificate}), ${name}, against notary-server`;
      const cpu = `server CPU ${of('ours', 'cpu')} against ${of('reference', 'cpu')} µs each`;
      const context = ` (${of('ours', 'aSecond')} against ${of('reference', 'aSecond')} a second; ${cpu})`;
      rows.push(atLeast(figure, median(rounds.map((round) => round.ours.aSecond / round.reference.aSecond)), bound, context));
    }
  }
  return rows;
}

interface Rate {
  readonly aSecond: number;
  /** What one request cost the server, in microseconds: it depends less than the rate on what else the machine does. */
  readonly cpu: number;
}

async function rateOf(load: Load, rival: Rival, path: string, size: number): Promise<Rate> {
  const before = await cpuOf(rival.pid);
  const { aSecond, requests } = await load(rival, path, size);
  return { aSecond, cpu: (1000 * ((await cpuOf(rival.pid)) - before)) / requests };
}
