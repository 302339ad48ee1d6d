// A server of Notary made of recordings: at each moment when a real client asked for a timestamp, it holds what the real server held, and
// gives it to ours from memory.
import { createHash } from 'node:crypto';
import type { HttpClient } from '@countersign/http';
import { type Exchange, exchanges, filesIn } from './notary-traces.ts';

/** An answer to a request for a timestamp. */
export interface Moment {
  readonly n: number;
  readonly scenario: string;
  readonly gun: string;
  readonly status: number;
  /** What `path` below the metadata holds. */
  file(path: string): Uint8Array | undefined;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const ROUTE = /^\/v2\/(.+)\/_trust\/tuf\/(.*)$/;

/** Everything that went over the wire, by its hash: a file is often recorded later than the one that names it. */
const byHash = new Map(exchanges.flatMap((exchange) => [...filesIn(exchange)].map((bytes) => [sha256(bytes), bytes] as const)));

const accepted = ({ request, response }: Exchange): boolean =>
  response.status === 200 && (request.method === 'POST' || request.method === 'GET');

export function* moments(): Generator<Moment> {
  const roots = new Map<string, Map<string, Uint8Array>>();
  for (const exchange of exchanges) {
    const { n, scenario, request, response } = exchange;
    const [, name = '', path = ''] = ROUTE.exec(request.target) ?? [];
    const gun = decodeURIComponent(name);
    if (request.method === 'DELETE' && response.status === 200) roots.delete(gun);
    const known = new Map(roots.get(gun));
    for (const bytes of accepted(exchange) ? filesIn(exchange) : []) {
      const version = /"_type":"Root".*"version":(\d+)\}/s.exec(bytes.toString())?.[1];
      if (version !== undefined) known.set(`${version}.root.json`, bytes);
    }
    roots.set(gun, known);
    if (request.method !== 'GET' || path !== 'timestamp.json') continue;
    const timestamp = response.status === 200 ? [...filesIn(exchange)][0] : undefined;
    yield {
      n,
      scenario,
      gun,
      status: response.status,
      file(asked) {
        if (asked === 'timestamp.json') return timestamp;
        const hex = /\.([0-9a-f]{64})\.json$/.exec(asked)?.[1];
        return hex === undefined ? known.get(asked) : byHash.get(hex);
      },
    };
  }
}

/** Answers as a server in the state of `now()`. */
export function replaying(now: () => Moment): HttpClient {
  return {
    async send({ url }) {
      const moment = now();
      const [, name = '', path = ''] = ROUTE.exec(url.pathname) ?? [];
      const body = decodeURIComponent(name) === moment.gun ? moment.file(path) : undefined;
      const status = path === 'timestamp.json' ? moment.status : body === undefined ? 404 : 200;
      const answered = status === 200 && body !== undefined ? body : new Uint8Array();
      return { status, headers: new Map(), body: answered, url, address: '127.0.0.1' };
    },
    close: () => undefined,
  };
}
