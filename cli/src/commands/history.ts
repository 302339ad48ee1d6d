// `history`: the publish record, from the newest that the trusted timestamp names, backwards, link by link.
import { formatInstant, type Gun, STANDARD_LIMITS, shortFingerprint } from '@countersign/core';
import { type PublishRecord, readRecord, recordHash } from '@countersign/store';
import { MOST_CHANGES, readChangeFeed } from '../change-feed.ts';
import { ownUrl } from '../compose/metadata-url.ts';
import type { Trust } from '../compose/opened.ts';
import { statusError } from '../compose/server-status.ts';
import { withTrust } from '../compose/trust.ts';
import { counted } from '../counted.ts';
import { CommandError } from '../errors.ts';
import { typedGun } from '../names.ts';
import type { Outcome } from '../output.ts';
import { table } from '../table.ts';
import type { Call, Handler } from '../tree/spec.ts';

const USUAL = 100;
const PAGE = 500;
const LONGEST_RECORD = 8192;

interface Proven {
  readonly record: PublishRecord;
  readonly hash: string;
}

export const historyCommand: Handler = async (call) => {
  const gun = typedGun(call.given.argument('gun'), call);
  const most = call.given.whole('limit', 1) ?? USUAL;
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const { record: newest } = await trust.client.refresh(gun);
    const feed = trust.dialect.changefeed(gun);
    if (newest === undefined && feed !== undefined) return toldHistory(call, trust, feed, most);
    if (newest === undefined) throw broken(`${gun}: its timestamp names no record`, {});
    const proven = await walkBack(trust, gun, newest, most);
    const oldest = proven.at(-1)?.record.seq ?? newest.seq;
    if (oldest > 1) call.output.say(`${oldest - 1} older: --limit ${newest.seq} shows all`);
    call.output.say(
      `${counted(proven.length, 'record')}, each the hash of the one before it; the newest is the one the trusted timestamp names`,
    );
    const rows = proven.map(({ record }) => rowOf(record));
    const facts = {
      gun,
      head: newest,
      checked: true,
      complete: oldest === 1,
      records: proven.map(({ record, hash }) => ({ hash, ...record })),
    };
    return { facts, text: table([['SEQ', 'TIME', 'KIND', 'VERSIONS', 'CHANGED', 'SIGNED BY'], ...rows]) };
  });
};

/** Where nothing signed tells the history, the server does. */
async function toldHistory({ output }: Call, trust: Trust, feed: string, most: number): Promise<Outcome> {
  const { gun, server } = trust;
  const changes = await readChangeFeed(trust, feed, gun, Math.min(most, MOST_CHANGES));
  output.say(`${counted(changes.length, 'change')}, as ${server.url.host} tells them: nothing signed vouches for it`);
  const told = changes.map(({ time, ...change }) => ({ ...change, time: formatInstant(time) }));
  const rows = told.map(({ id, time, kind, version, sha256 }) => [
    id,
    time,
    kind,
    kind === 'delete' ? '' : `v${version}`,
    sha256.slice(0, 16),
  ]);
  return { facts: { gun, checked: false, changes: told }, text: table([['ID', 'TIME', 'KIND', 'VERSION', 'SHA256'], ...rows]) };
}

/** The chain is walked from its trusted end: every record is proven by the one after it before a word of it is believed. */
async function walkBack(
  trust: Trust,
  gun: Gun,
  newest: { readonly seq: number; readonly hash: string },
  most: number,
): Promise<readonly Proven[]> {
  const proven: Proven[] = [];
  let wanted: { readonly seq: number; readonly hash: string } = newest;
  while (wanted.seq > 0 && proven.length < most) {
    const limit = Math.min(PAGE, most - proven.length);
    const page = await recordsBefore(trust, gun, wanted.seq + 1, limit);
    if (page.length === 0) throw broken(`${gun}: record ${wanted.seq} is not served`, { wanted: wanted.seq });
    for (const bytes of page) {
      const hash = recordHash(bytes);
      if (hash !== wanted.hash)
        throw broken(`${gun}: record ${wanted.seq} is not the one that was vouched for`, { wanted: wanted.hash, got: hash });
      const record = readRecord(bytes);
      if (record.seq !== wanted.seq || record.gun !== gun) throw broken(`${gun}: a record speaks of ${record.gun}, ${record.seq}`, {});
      proven.push({ record, hash });
      wanted = { seq: record.seq - 1, hash: record.prev };
    }
  }
  return proven;
}

async function recordsBefore(
  { http, server, authorization }: Trust,
  gun: Gun,
  before: number,
  limit: number,
): Promise<readonly Uint8Array[]> {
  const url = ownUrl(server.url, `repositories/${gun}/records`);
  url.searchParams.set('before', String(before));
  url.searchParams.set('limit', String(limit));
  const reply = await http.send({
    method: 'GET',
    url,
    ...(authorization === undefined ? {} : { headers: { authorization } }),
    maxLength: Math.min(limit * (LONGEST_RECORD + 1), STANDARD_LIMITS.uploadBytes),
    redirects: 'refuse',
  });
  if (reply.status !== 200) throw statusError(server.url, 'the publish record', reply);
  return linesOf(reply.body, limit);
}

/** At most as many as were asked for: a body of nothing but line ends would be millions. */
function linesOf(body: Uint8Array, most: number): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let from = 0; from < body.length && lines.length < most; ) {
    const end = body.indexOf(0x0a, from);
    const to = end < 0 ? body.length : end;
    lines.push(body.subarray(from, to));
    from = to + 1;
  }
  return lines;
}

const rowOf = ({ seq, time, kind, root, snapshot, targets, changed, more, signers }: PublishRecord): readonly string[] => [
  String(seq),
  time,
  kind,
  Object.entries({ root, snapshot, targets })
    .flatMap(([name, file]) => (file === undefined ? [] : [`${name} v${file.version}`]))
    .join(' '),
  `${changed.join(' ')}${more === undefined ? '' : ` and ${more} more`}`,
  signers.map(shortFingerprint).join(','),
];

const broken = (text: string, details: Readonly<Record<string, unknown>>): CommandError => new CommandError('record', text, { details });
