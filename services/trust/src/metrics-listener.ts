// An address of its own for the numbers: what scrapes them needs no credentials of the trust server then.
import type { RequestListener } from 'node:http';
import { RequestError } from './errors.ts';
import { respond } from './respond.ts';
import { livez, readyz } from './routes/health.ts';
import { metricsReply } from './routes/metrics.ts';
import type { World } from './world.ts';

export function metricsFront(world: World): RequestListener {
  return (request, response) => {
    void respond(request, response, world, async () => {
      if (request.method !== 'GET' && request.method !== 'HEAD') throw new RequestError('method-not-allowed', 'wanted GET, HEAD');
      switch (request.url) {
        case '/metrics':
          return { reply: await metricsReply(world) };
        case '/livez':
          return { reply: livez() };
        case '/readyz':
          return { reply: await readyz(world) };
        default:
          throw new RequestError('not-found', 'wanted /metrics, /livez or /readyz');
      }
    });
  };
}
