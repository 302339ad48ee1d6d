// An address of its own for numbers and health: what scrapes them has no certificate, and learns nothing of any repository.
import type { RequestListener, ServerResponse } from 'node:http';
import { type Condition, healthOf } from './condition.ts';
import type { Numbers } from './numbers.ts';

/** `/metrics`, `/livez` and `/readyz` for an address that asks for no credentials. */
export function numbersFront(numbers: Numbers, condition: Pick<Condition, 'troubles'>): RequestListener {
  const metrics = import('./metrics.ts').then(({ metricsOf }) => metricsOf(numbers, condition));
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, 405, 'application/json', '{"code":"method-not-allowed"}');
    if (request.url === '/livez') return answer(response, 200, 'application/json', '{"status":"ok"}');
    if (request.url === '/readyz')
      return void healthOf(condition).then(({ status, body }) => answer(response, status, 'application/json', JSON.stringify(body)));
    if (request.url !== '/metrics') return answer(response, 404, 'application/json', '{"code":"not-found"}');
    void metrics
      .then((read) => read())
      .then(
        ({ type, text }) => answer(response, 200, type, text),
        () => answer(response, 500, 'application/json', '{"code":"internal"}'),
      );
  };
}

function answer(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text), 'Cache-Control': 'no-store' }).end(text);
}
