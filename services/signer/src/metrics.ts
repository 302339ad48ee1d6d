// The numbers of this service in the text format of Prometheus. The one file of it that imports prom-client.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Condition } from './condition.ts';
import type { Numbers } from './numbers.ts';

/** To be made once for a process: it begins to watch it. */
export function metricsOf(
  numbers: Numbers,
  condition: Pick<Condition, 'troubles'>,
): () => Promise<{ readonly type: string; readonly text: string }> {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const told =
    (Kind: typeof Counter | typeof Gauge) => (name: string, help: string, labelNames: string[], read: () => Series | Promise<Series>) => {
      const metric = new Kind({
        name: `countersign_signer_${name}`,
        help,
        labelNames,
        registers: [register],
        async collect() {
          const series = await read();
          metric.reset();
          for (const [labels, value] of series) metric.inc({ ...labels }, value);
        },
      });
    };
  const [counter, gauge] = [told(Counter), told(Gauge)];
  counter('signatures_total', 'Signatures given, by role, and whether it was the answer to an earlier request', ['role', 'answer'], () =>
    [...numbers.signatures].map(([name, count]) => {
      const [role = '', answer = ''] = name.split(' ');
      return [{ role, answer }, count];
    }),
  );
  counter('signing_seconds_total', 'Time from a request that was read to its signature', [], () => [[{}, numbers.seconds]]);
  counter('refusals_total', 'Requests refused, by error code', ['code'], () =>
    [...numbers.refusals].map(([code, count]) => [{ code }, count]),
  );
  gauge('ready', '1 when signatures can be made and remembered', [], async () => [[{}, (await condition.troubles()).length === 0 ? 1 : 0]]);
  return async () => ({ type: register.contentType, text: await register.metrics() });
}

type Series = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];
