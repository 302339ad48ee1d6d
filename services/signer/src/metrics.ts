// The numbers of this service in the text format of Prometheus. The one file of it that imports prom-client.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Numbers } from './numbers.ts';

/** To be made once for a process: it begins to watch it. */
export function metricsOf(numbers: Numbers): () => Promise<{ readonly type: string; readonly text: string }> {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const told = (Kind: typeof Counter | typeof Gauge) => (name: string, help: string, labelNames: string[], read: () => Series) => {
    const metric = new Kind({
      name: `countersign_signer_${name}`,
      help,
      labelNames,
      registers: [register],
      collect() {
        metric.reset();
        for (const [labels, value] of read()) metric.inc({ ...labels }, value);
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
  gauge('ready', '1 when signatures can be made and remembered', [], () => [[{}, numbers.troubles.length === 0 ? 1 : 0]]);
  return async () => ({ type: register.contentType, text: await register.metrics() });
}

type Series = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];
