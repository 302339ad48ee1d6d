import { Writable } from 'node:stream';
import { type OtlpReceiver, otlpReceiver, type ReceivedSpan } from '@countersign/testkit';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../log.ts';
import { ask } from '../testing/ask.ts';
import { closeLaboratories, laboratory } from '../testing/laboratory.ts';
import { newPublisher } from '../testing/publisher.ts';
import { openSpans } from './open-spans.ts';
import { NO_SPANS } from './spans.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const traceparent = `00-${TRACE}-${CALLER}-01`;

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await otlpReceiver();
});
afterEach(async () => {
  await closeLaboratories();
  await receiver.close();
});
const named = (name: string): readonly ReceivedSpan[] => receiver.spans.filter((span) => span.name === name);
const one = (name: string): ReceivedSpan => {
  const [span, ...more] = named(name);
  if (span === undefined || more.length > 0) throw new Error(`${1 + more.length} of ${name}: ${receiver.spans.map((it) => it.name)}`);
  return span;
};

describe('spans', () => {
  it('show a publish with its judgement, its two signatures and its commit below it, and name nobody', async () => {
    const lab = await laboratory('level', { traces: receiver.url });
    const owner = newPublisher(lab, lab);
    expect((await owner.post(await owner.first())).status).toBe(200);
    await lab.close();
    const request = one('POST /v2/{gun}/_trust/metadata/');
    expect(request).toMatchObject({
      kind: 2,
      failed: false,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v2/{gun}/_trust/metadata/',
        'http.response.status_code': 200,
        'url.scheme': 'http',
      },
    });
    expect(request.parentSpanId ?? '').toBe('');
    for (const step of ['judge', 'commit']) expect(one(step)).toMatchObject({ parentSpanId: request.spanId, traceId: request.traceId });
    const signed = named('sign');
    expect(signed.map(({ attributes }) => attributes['countersign.role']).toSorted()).toEqual(['snapshot', 'timestamp']);
    expect(signed.every(({ parentSpanId }) => parentSpanId === request.spanId)).toBe(true);
    const gun: string = owner.gun;
    expect(receiver.bodies.join('')).not.toContain(gun);
    expect(receiver.resource).toMatchObject({ 'service.name': 'countersign' });
  });

  it('go on with the trace of whoever asked, for answers from memory too, and a line of the log names it', async () => {
    const lines: string[] = [];
    const sink = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const lab = await laboratory('memory', { traces: receiver.url }, pino(sink));
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    for (let times = 0; times < 2; times += 1) await ask(`${owner.base}timestamp.json`, { headers: { traceparent } });
    await ask(`${lab.url}/v2/secret-name/_trust/metadata/`, { method: 'PATCH', headers: { traceparent } });
    await ask(`${lab.url}/nobody/knows?token=hidden`, { headers: { traceparent: 'made-up' } });
    await lab.close();
    const reads = named('GET /v2/{gun}/_trust/metadata/{file}');
    expect(reads).toHaveLength(2);
    for (const read of reads) expect(read).toMatchObject({ traceId: TRACE, parentSpanId: CALLER });
    expect(one('PATCH /v2/{gun}/_trust/metadata/')).toMatchObject({ traceId: TRACE, attributes: { 'http.response.status_code': 405 } });
    const stray = one('GET');
    expect(stray.traceId).not.toBe(TRACE);
    expect(stray.attributes).not.toHaveProperty('http.route');
    expect(receiver.bodies.join('')).not.toMatch(/secret-name|hidden|nobody/);
    expect(lines.filter((line) => line.includes(`"trace":"${TRACE}"`)).join('')).toContain('method-not-allowed');
  });

  it('say of a step that failed which code it had, and nothing else', async () => {
    const spans = await openSpans(receiver.url, {}, silentLog());
    const refused = Object.assign(new Error('registry.example.com/team/app moved'), { code: 'conflict' });
    await expect(spans.step('commit', { dialect: 'tuf' }, () => Promise.reject(refused))).rejects.toBe(refused);
    await expect(spans.step('sign', {}, () => Promise.reject(Object.assign(new Error('x'), { code: 'A NAME' })))).rejects.toThrow();
    await spans.close();
    expect(one('commit')).toMatchObject({ failed: true, attributes: { 'error.type': 'conflict', 'countersign.dialect': 'tuf' } });
    expect(one('sign')).toMatchObject({ failed: true, attributes: { 'error.type': '_OTHER' } });
    expect(receiver.bodies.join('')).not.toContain('registry.example.com');
  });

  it('that nobody receives keep no server from answering, and none from stopping', async () => {
    const lab = await laboratory('memory', { traces: receiver.url });
    await receiver.close();
    expect((await ask(`${lab.url}/readyz`)).status).toBe(200);
    const since = performance.now();
    await lab.close();
    expect(performance.now() - since).toBeLessThan(10_000);
    receiver = await otlpReceiver();
  });
});

describe('without a receiver', () => {
  it.each([
    ['no variable', {}],
    ['an empty one', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['OpenTelemetry switched off', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' }],
    ['spans switched off', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_TRACES_EXPORTER: 'none' }],
  ])('nothing is loaded: %s', async (_name, variables) => {
    expect(await openSpans(undefined, variables, silentLog())).toBe(NO_SPANS);
  });

  it.each([
    [
      'a protocol that these spans do not speak',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    ],
    ['no address', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }],
  ])('refuses %s', async (_name, variables) => {
    await expect(openSpans(undefined, variables, silentLog())).rejects.toMatchObject({ code: 'invalid-config' });
  });
});
