// Spans by OpenTelemetry, sent over OTLP/HTTP. The one file that imports it, and nobody loads it unless a receiver was named. Its own
// libraries read what else the OTEL_ variables say: headers, sampling, the name of the service, how many are sent at once.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Attributes,
  type Context,
  DiagLogLevel,
  defaultTextMapGetter,
  diag,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../log.ts';
import { routeName } from './route-name.ts';
import type { Spans } from './spans.ts';

// Methods that HTTP's conventions name; any other could be a caller's own words.
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE', 'QUERY']);
// A receiver that does not answer must not keep a server from stopping.
const PATIENCE = 2_000;
const QUIET = 60_000;

/** `endpoint` as `openSpans` has it; without one the exporter reads the variables. */
export function otlpSpans(endpoint: string | undefined, log: Logger): Spans {
  complainTo(log);
  const exporter = new OTLPTraceExporter(endpoint === undefined ? {} : { url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'countersign' }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('countersign');
  const callers = new W3CTraceContextPropagator();
  const under = new AsyncLocalStorage<Context>();

  const begin = (request: IncomingMessage, response: ServerResponse): Context => {
    const parent = callers.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const route = routeName(request.url);
    const method = METHODS.has(request.method ?? '') ? (request.method ?? '') : '_OTHER';
    const attributes: Attributes = {
      'http.request.method': method,
      'url.scheme': 'encrypted' in request.socket ? 'https' : 'http',
      'network.protocol.version': request.httpVersion,
      ...(route === undefined ? {} : { 'http.route': route }),
    };
    const name = `${method === '_OTHER' ? 'HTTP' : method}${route === undefined ? '' : ` ${route}`}`;
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    response.once('close', () => {
      if (response.headersSent) span.setAttribute('http.response.status_code', response.statusCode);
      const failed = response.writableFinished ? (response.statusCode >= 500 ? String(response.statusCode) : undefined) : 'aborted';
      if (failed !== undefined) span.setAttribute('error.type', failed).setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    return trace.setSpan(parent, span);
  };

  return {
    around: (listener) => (request, response) => under.run(begin(request, response), () => listener(request, response)),
    async step(name, { dialect, role }, work) {
      const parent = under.getStore() ?? ROOT_CONTEXT;
      const attributes = {
        ...(dialect === undefined ? {} : { 'countersign.dialect': dialect }),
        ...(role === undefined ? {} : { 'countersign.role': role }),
      };
      const span = tracer.startSpan(name, { attributes }, parent);
      try {
        return await under.run(trace.setSpan(parent, span), work);
      } catch (error) {
        // The code and no text: a message may hold a name.
        span.setAttribute('error.type', codeOf(error)).setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
    here() {
      const context = under.getStore();
      const span = context === undefined ? undefined : trace.getSpanContext(context);
      return span === undefined ? {} : { trace: span.traceId };
    },
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, PATIENCE);
      });
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
    },
  };
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' && /^[a-z-]{1,40}$/.test(error.code)
    ? error.code
    : '_OTHER';

/** That spans are lost is worth a line, once a minute: what a receiver answered is its own business. */
function complainTo(log: Logger): void {
  let last = -QUIET;
  const say = (level: 'error' | 'warn'): void => {
    if (performance.now() - last < QUIET) return;
    last = performance.now();
    log.warn({ level }, 'spans are not received: is OTEL_EXPORTER_OTLP_ENDPOINT right, and does somebody listen there?');
  };
  const nothing = (): void => undefined;
  const logger = { error: () => say('error'), warn: () => say('warn'), info: nothing, debug: nothing, verbose: nothing };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
