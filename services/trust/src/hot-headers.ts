// The three request headers that a ready answer depends on, straight from what was received. `request.headers` would build an object
// of all of them, which costs as much as everything else that is done for such an answer.

export interface HotHeaders {
  host: string | undefined;
  authorization: string | undefined;
  'if-none-match': string | undefined;
  /** Host or Authorization stand there twice: this is not to be answered. */
  twice: boolean;
}

/** The first of each. `raw` holds names and values in turn. */
export function hotHeaders(raw: readonly string[]): HotHeaders {
  const found: HotHeaders = { host: undefined, authorization: undefined, 'if-none-match': undefined, twice: false };
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? '';
    if (name.length !== 4 && name.length !== 13) continue;
    const lower = name.toLowerCase();
    if (lower !== 'host' && lower !== 'authorization' && lower !== 'if-none-match') continue;
    if (found[lower] === undefined) found[lower] = raw[at + 1];
    else if (lower !== 'if-none-match') found.twice = true;
  }
  return found;
}
