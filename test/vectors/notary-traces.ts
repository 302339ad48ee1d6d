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

export const bodyOf = ({ encoding, body }: Message): Buffer => Buffer.from(body, encoding);

/** One part of an upload: the role it is for, as its file name says, and the bytes of its file. */
export interface Part {
  readonly role: string;
  readonly bytes: Buffer;
}

/** The parts of an upload, in their order; none for any other request. */
export function partsIn({ request }: Exchange): readonly Part[] {
  const boundary = request.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1].split('boundary=')[1];
  return boundary === undefined ? [] : [...partsOf(bodyOf(request), `--${boundary}`)];
}

/** Metadata as it went over the wire: what was uploaded, part by part, and what was served. */
export function* filesIn(exchange: Exchange): Generator<Buffer> {
  for (const { bytes } of partsIn(exchange)) yield bytes;
  if (exchange.response.status === 200 && exchange.request.method === 'GET') yield bodyOf(exchange.response);
}

function* partsOf(body: Buffer, mark: string): Generator<Part> {
  for (let start = body.indexOf(mark); start >= 0; ) {
    const end = body.indexOf(mark, start + mark.length);
    const head = body.indexOf('\r\n\r\n', start);
    if (end < 0 || head < 0) return;
    const role = /filename="([^"]*)"/.exec(body.toString('utf8', start, head))?.[1] ?? '';
    yield { role, bytes: body.subarray(head + 4, end - 2) };
    start = end;
  }
}
