// Whether spans were asked for, by a setting or by the variables that every program with OpenTelemetry has.
import { StartError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { NO_SPANS, type Spans } from './spans.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** `endpoint` is where OTLP is received over HTTP, `/v1/traces` left out; it goes before the variables. Throws StartError(`invalid-config`). */
export async function openSpans(endpoint: string | undefined, variables: Variables, log: Logger): Promise<Spans> {
  const named = endpoint ?? variables['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? variables['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '';
  const off = variables['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || variables['OTEL_TRACES_EXPORTER'] === 'none';
  if (named === '' || off) return NO_SPANS;
  const protocol = variables['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ?? variables['OTEL_EXPORTER_OTLP_PROTOCOL'] ?? 'http/json';
  // What is received over HTTP is received in both forms; gRPC has a port of its own, where these spans would be lost without a word.
  if (!protocol.startsWith('http/'))
    throw new StartError('invalid-config', `OTEL_EXPORTER_OTLP_PROTOCOL: wanted http/json, got ${protocol.slice(0, 40)}`);
  if (!URL.canParse(named)) throw new StartError('invalid-config', `OTEL_EXPORTER_OTLP_ENDPOINT: wanted a URL, got ${named.slice(0, 80)}`);
  const { otlpSpans } = await import('./otlp-spans.ts');
  return otlpSpans(endpoint, log);
}
