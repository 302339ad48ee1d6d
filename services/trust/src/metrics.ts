// What Prometheus reads, made of plain counts when it asks. The one file that runs prom-client, and nobody loads it before.
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { BUCKETS, type Latency } from './counts.ts';
import type { ProcessNumbers } from './process-numbers.ts';
import type { World } from './world.ts';

type Series = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

/** A text in the exposition format, with its media type. */
interface Exposition {
  readonly type: string;
  readonly text: string;
}
export interface Metrics {
  own(): Promise<Exposition>;
  numbers(): Promise<ProcessNumbers>;
  /** Of several processes: sums, but for what says how bad it is. */
  all(numbers: readonly ProcessNumbers[]): Promise<Exposition>;
}

/** To be made once for a world: it begins to watch the process. */
export function metricsOf(world: World): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const told = (Kind: typeof Counter | typeof Gauge) => (name: string, help: string, labelNames: readonly string[], read: () => Series) => {
    const metric = new Kind({
      name: `countersign_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [register],
      aggregator: WORST.get(name) ?? 'sum',
      collect() {
        metric.reset();
        for (const [labels, value] of read()) metric.inc({ ...labels }, value);
      },
    });
  };
  const histogram = (name: string, help: string, label: string, read: () => readonly (readonly [string, Latency])[]) =>
    register.registerMetric(new Counted(`countersign_${name}`, help, label, read));
  ofRequests(world, told(Counter), histogram);
  ofState(world, told(Gauge), told(Counter));
  return {
    async own() {
      await readTroubles(world);
      return { type: register.contentType, text: await register.metrics() };
    },
    async numbers() {
      await readTroubles(world);
      return await register.getMetricsAsJSON();
    },
    async all(numbers) {
      const together = AggregatorRegistry.aggregate([...numbers]);
      return { type: together.contentType, text: await together.metrics() };
    },
  };
}

// Of a number that is no count, the one that somebody must be called for.
const WORST: ReadonlyMap<string, 'min' | 'max'> = new Map([
  ['ready', 'min'],
  ['trouble', 'max'],
  ['earliest_expiry_timestamp_seconds', 'min'],
]);

type Told = (name: string, help: string, labelNames: readonly string[], read: () => Series) => void;
type ToldTimes = (name: string, help: string, label: string, read: () => readonly (readonly [string, Latency])[]) => void;

function ofRequests({ counts }: World, counter: Told, histogram: ToldTimes): void {
  counter('requests_total', 'Requests answered, by class and status; class "ready" is answered from memory', ['class', 'status'], () => [
    [{ class: 'ready', status: '2xx' }, counts.readyFull],
    [{ class: 'ready', status: '3xx' }, counts.readyUnchanged],
    ...[...counts.requests].flatMap(([name, [statuses]]) =>
      [2, 3, 4, 5].map((digit) => [{ class: name, status: `${digit}xx` }, statuses[digit] ?? 0] as const),
    ),
  ]);
  histogram('request_duration_seconds', 'From the first byte of a request to its answer, but for class "ready"', 'class', () =>
    [...counts.requests].map(([name, [, latency]]) => [name, latency]),
  );
  counter('refusals_total', 'Requests refused, by error code', ['code'], () =>
    [...counts.refusals].map(([code, count]) => [{ code }, count]),
  );
  counter('commits_total', 'Changes acknowledged, by dialect and kind of their record', ['dialect', 'kind'], () =>
    [...counts.commits].map(([name, count]) => {
      const [dialect = '', kind = ''] = name.split(' ');
      return [{ dialect, kind }, count];
    }),
  );
  histogram('signing_duration_seconds', 'Signatures of this server, by role', 'role', () => [...counts.signatures]);
  counter('failed_refreshes_total', 'Timestamps that were due and could not be signed anew', [], () => [[{}, counts.failedRefreshes]]);
}

function ofState(world: World, gauge: Told, counter: Told): void {
  const { ready, uploads, answers, condition, horizon } = world;
  gauge('processes', 'Processes that serve this address, and told their numbers', [], () => [[{}, 1]]);
  gauge('ready', '1 when reads and writes work', [], () => [[{}, latest.get(world)?.length === 0 ? 1 : 0]]);
  gauge('trouble', '1 for each reason why this server is not ready', ['reason'], () =>
    (latest.get(world) ?? []).map((reason) => [{ reason }, 1]),
  );
  counter('recoveries_total', 'How often the store was opened anew after an unsure write', [], () => [[{}, condition.recoveries]]);
  gauge('earliest_expiry_timestamp_seconds', 'When the first file of a role runs out, of repositories asked for lately', ['role'], () =>
    (['root', 'snapshot', 'timestamp'] as const).flatMap((role) => {
      const earliest = horizon.earliest(role, world.now());
      return earliest === undefined ? [] : [[{ role }, earliest / 1000] as const];
    }),
  );
  gauge('ready_cache_bytes', 'Memory of the answers kept ready', [], () => [[{}, ready.bytes]]);
  gauge('ready_cache_answers', 'Answers kept ready', [], () => [[{}, ready.size]]);
  gauge('upload_memory_bytes', 'Uploads held in memory', [], () => [[{}, uploads.used]]);
  gauge('answer_memory_bytes', 'Large answers on their way', [], () => [[{}, answers.used]]);
  const storeCount = (name: 'commits' | 'refused' | 'batches', help: string): void =>
    counter(`store_${name}_total`, help, [], () => {
      const { counts } = world.store;
      return counts === undefined ? [] : [[{}, counts[name]]];
    });
  storeCount('commits', 'Commits that the store of this process took');
  storeCount('refused', 'Commits that the store of this process refused');
  storeCount('batches', 'Writes to the disk or the database, each of one commit or several');
}

// What `troubles` said last: reading a metric cannot wait for it.
const latest = new WeakMap<World, readonly string[]>();

async function readTroubles(world: World): Promise<void> {
  latest.set(world, await world.condition.troubles());
}

/** A histogram that was counted elsewhere. */
class Counted extends Histogram {
  readonly #told: { readonly name: string; readonly help: string; readonly label: string };
  readonly #read: () => readonly (readonly [string, Latency])[];

  constructor(name: string, help: string, label: string, read: () => readonly (readonly [string, Latency])[]) {
    super({ name, help, labelNames: [label], registers: [] });
    this.#told = { name, help, label };
    this.#read = read;
  }

  /** What the registry and `get` ask for, in place of what was observed. */
  async getForPromString(): Promise<unknown> {
    const { name, help, label } = this.#told;
    const values = this.#read().flatMap(([of, { buckets, seconds, count }]) => {
      let below = 0;
      const ends = buckets.map((inside, at) => {
        below += inside;
        return { metricName: `${name}_bucket`, value: below, labels: { [label]: of, le: BUCKETS[at] ?? '+Inf' }, sharedLabels: {} };
      });
      return [
        ...ends,
        { metricName: `${name}_sum`, value: seconds, labels: { [label]: of }, sharedLabels: {} },
        { metricName: `${name}_count`, value: count, labels: { [label]: of }, sharedLabels: {} },
      ];
    });
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }
}
