// Requests that two programs could read in two ways. A proxy in front of a server decides by what it reads, and the server acts on what it
// reads itself; where the two may differ, somebody can hide one request in another, or show each of them another caller. Node refuses what
// is wrong in the framing (RFC 9112 §6.3). What it lets through, because most programs do not care, is told here.

export type Unclear =
  /** A header that may stand once stands twice: Node takes the first, others the last. */
  | 'repeated-header'
  /** The body is compressed, or said to be. Nobody here inflates anything, so nothing small can become large. */
  | 'coded-body'
  /** More headers than anybody needs. Node would leave out the rest without a word. */
  | 'many-headers';

export interface RequestHead {
  readonly rawHeaders: readonly string[];
  readonly httpVersion: string;
}

export interface UnclearRequest {
  readonly kind: Unclear;
  readonly text: string;
}

/** What a listener must be told: one more than is taken, so that too many can be told from as many as that. */
export const HEADERS_READ = 101;
const MOST_HEADERS = 100;

const ONCE: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'expect',
  'origin',
  'sec-fetch-site',
]);

/** Undefined for a request that can be read in one way only. `rawHeaders` holds names and values in turn, as Node has them. */
export function unclearRequest({ rawHeaders: raw, httpVersion }: RequestHead): UnclearRequest | undefined {
  if (raw.length > 2 * MOST_HEADERS) return { kind: 'many-headers', text: `wanted at most ${MOST_HEADERS} headers` };
  const seen = new Set<string>();
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    if (!ONCE.has(name)) continue;
    if (seen.has(name)) return { kind: 'repeated-header', text: `wanted the header ${name} once` };
    seen.add(name);
    const value = (raw[at + 1] ?? '').trim().toLowerCase();
    if (name === 'content-encoding' && value !== '' && value !== 'identity')
      return { kind: 'coded-body', text: 'wanted a body without a Content-Encoding' };
    // In HTTP/1.0 it is unknown, and a proxy of that version ends the body elsewhere (RFC 9112 §6.1).
    if (name === 'transfer-encoding' && (value !== 'chunked' || httpVersion === '1.0'))
      return { kind: 'coded-body', text: 'wanted a body with no Transfer-Encoding but chunked, in HTTP/1.1' };
  }
  return undefined;
}
