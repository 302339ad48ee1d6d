// The variables of OpenTelemetry, as whoever deploys a server sets them: the real program sends to where they say, under the name and with
// the headers that they give.

import { type OtlpReceiver, otlpReceiver } from '@countersign/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ask, type StandIn, standIn, startAsWritten } from './stand-in.ts';

let machine: StandIn;
let receiver: OtlpReceiver;
beforeEach(async () => {
  [machine, receiver] = await Promise.all([standIn(), otlpReceiver()]);
});
afterEach(async () => {
  await Promise.all([machine.remove(), receiver.close()]);
});

it('serve sends its spans where OTEL_EXPORTER_OTLP_ENDPOINT says, the last ones before it ends', async () => {
  const words = ['countersign', 'serve', '--listen', '127.0.0.1:0', '--data', machine.at('/data'), '--log', 'warn'];
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer of-the-collector',
    OTEL_SERVICE_NAME: 'trust-eu',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=production',
  };
  const server = await startAsWritten(words, env, machine.at('/'));
  expect(await ask(`${server.url}/livez`)).toMatchObject({ status: 200 });
  expect(await server.stop('SIGTERM')).toMatchObject({ exit: 0 });
  expect(receiver.spans).toMatchObject([{ name: 'GET /livez', attributes: { 'http.route': '/livez' } }]);
  expect(receiver.resource).toMatchObject({ 'service.name': 'trust-eu', 'deployment.environment.name': 'production' });
  expect(receiver.headers.authorization).toBe('Bearer of-the-collector');
  expect(receiver.bodies.join('')).not.toContain('of-the-collector');
});
