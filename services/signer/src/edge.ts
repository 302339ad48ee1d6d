// From an HTTPS request to a route and back, and the audit line of each: who asked, for what, and what came of it.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { type CountersignError, FormatError } from '@countersign/core';
import { type Unclear, unclearRequest } from '@countersign/http';
import { type Caller, callerOf, checkRight } from './caller.ts';
import { type Condition, healthOf } from './condition.ts';
import type { SignerConfig } from './config.ts';
import { type ServiceCode, ServiceError } from './errors.ts';
import type { Logger } from './log.ts';
import { PolicyError } from './policy/errors.ts';
import { type BodyMemory, withBody } from './read-body.ts';
import { type Answer, ROUTES } from './routes.ts';
import type { Signing } from './signing.ts';

const STATUS: Readonly<Record<ServiceCode, number>> = {
  'not-found': 404,
  'method-not-allowed': 405,
  forbidden: 403,
  malformed: 400,
  'unsupported-encoding': 415,
  'too-many-headers': 431,
  'too-large': 413,
  busy: 503,
  unavailable: 503,
  internal: 500,
};

const UNCLEAR: Readonly<Record<Unclear, ServiceCode>> = {
  'repeated-header': 'malformed',
  'coded-body': 'unsupported-encoding',
  'many-headers': 'too-many-headers',
};

export function edge(config: SignerConfig, signing: Signing, condition: Condition, log: Logger): RequestListener {
  const bodies: BodyMemory = { most: config.bodyBytes, limit: config.bodyMemory, used: 0 };
  return (request, response) => {
    void answered(request, response, config, signing, condition, bodies, log);
  };
}

async function answered(
  request: IncomingMessage,
  response: ServerResponse,
  config: SignerConfig,
  signing: Signing,
  condition: Condition,
  bodies: BodyMemory,
  log: Logger,
): Promise<void> {
  // As it came: whatever would tidy it would give one address several names.
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const what = { method: request.method, path: path.slice(0, 200) };
  let who: Partial<Caller> = {};
  let about: Readonly<Record<string, unknown>> = {};
  try {
    if (!(request.socket instanceof TLSSocket)) throw new ServiceError('forbidden', 'wanted a connection with a certificate');
    const caller = callerOf(request.socket);
    who = caller;
    checkRight(caller, 'sign', config);
    const unclear = unclearRequest(request);
    if (unclear !== undefined) throw new ServiceError(UNCLEAR[unclear.kind], unclear.text);
    if (path === '/livez') return write(response, 200, { status: 'ok' });
    if (path === '/readyz') {
      const { status, body } = await healthOf(condition);
      return write(response, status, body);
    }
    const route = ROUTES.get(path);
    if (route === undefined) throw new ServiceError('not-found', 'no such address');
    if (route.method !== request.method) throw new ServiceError('method-not-allowed', `wanted ${route.method}`);
    const run = (body: Uint8Array): Promise<Answer> =>
      route.handler({
        body,
        query: new URLSearchParams(query),
        signing,
        caller,
        about: (facts) => {
          about = facts;
        },
        demand: (right) => checkRight(caller, right, config),
      });
    const { body, facts } = await (route.method === 'GET' ? run(new Uint8Array()) : withBody(request, bodies, run));
    log.info({ ...what, caller: caller.subject, certificate: caller.certificate, ...facts }, path === '/v1/sign' ? 'signed' : 'answered');
    write(response, 200, body);
  } catch (error) {
    const { status, code, message, details } = told(error);
    const line = { ...what, caller: who.subject, certificate: who.certificate, ...about, code, ...details, why: message, status };
    signing.numbers.refused(code);
    if (status >= 500) log.error({ ...line, err: error }, 'failed');
    else log.warn(line, 'refused');
    write(response, status, { code, message, details });
    // Whatever is left of a refused body is not waited for.
    if (!request.complete) response.once('finish', () => request.destroy());
  }
}

interface Told {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

function told(error: unknown): Told {
  const known = (status: number, { code, message, details }: CountersignError): Told => ({ status, code, message, details });
  if (error instanceof PolicyError) return known(error.code === 'malformed' ? 400 : 422, error);
  if (error instanceof FormatError) return known(400, error);
  if (error instanceof ServiceError) return known(STATUS[error.code], error);
  return { status: 500, code: 'internal', message: 'a mistake of this program; its log says more', details: {} };
}

function write(response: ServerResponse, status: number, body: Readonly<Record<string, unknown>>): void {
  if (response.destroyed || response.headersSent) return;
  const bytes = Buffer.from(`${JSON.stringify({ schema: 1, ...body })}\n`);
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': bytes.length, 'Cache-Control': 'no-store' }).end(bytes);
}
