// Exchanges recorded between the real programs of Notary v1, and the metadata files in them.
import { readFileSync } from 'node:fs';

export interface Message {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly encoding: 'utf8' | 'base64';
  readonly body: string;
}

export interface Exchange {
  readonly n: number;
  readonly scenario: string;
  readonly request: Message & { readonly method: string; readonly target: string };
  readonly response: Message & { readonly status: number };
}

/** All of them, in the order in which they were recorded. */
export const exchanges: readonly Exchange[] = readFileSync(new URL('./notary-traces.ndjson', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

const bodyOf = ({ encoding, body }: Message): Buffer => Buffer.from(body, encoding);

/** Metadata as it went over the wire: what was uploaded, part by part, and what was served. */
export function* filesIn({ request, response }: Exchange): Generator<Buffer> {
  const sent = request.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1].split('boundary=')[1];
  if (sent !== undefined) yield* partsOf(bodyOf(request), sent);
  if (response.status === 200 && request.method === 'GET') yield bodyOf(response);
}

function* partsOf(body: Buffer, boundary: string): Generator<Buffer> {
  const mark = `--${boundary}`;
  for (let start = body.indexOf(mark); start >= 0; ) {
    const end = body.indexOf(mark, start + mark.length);
    const head = body.indexOf('\r\n\r\n', start);
    if (end < 0 || head < 0) return;
    yield body.subarray(head + 4, end - 2);
    start = end;
  }
}
