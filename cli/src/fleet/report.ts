// The report of a campaign: what was done where, signed, so that it can be handed to somebody who was not there. RFC 8785 is its form,
// because it is ours alone; the member `_type` keeps it from ever being read as metadata that the same key signs.

import {
  decodeHex,
  encodeHex,
  type Fingerprint,
  FormatError,
  isJsonObject,
  type JsonObject,
  memberArray,
  memberObject,
  memberString,
  parseFingerprint,
  readJson,
  type Signer,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { canonicalBytes } from '@countersign/store';
import { CommandError } from '../errors.ts';
import type { JournalHead, Progress } from './journal-lines.ts';
import type { Survey } from './survey.ts';

const TYPE = 'countersign-fleet-report';
const crypto = nativeCryptography();

export interface ReportFacts {
  readonly head: JournalHead;
  readonly ended: string;
  readonly words: readonly Progress[];
  readonly survey: Survey;
}

/** The signed report, as bytes of a file. Sorted by name: two reports of the same facts are the same bytes before the signature. */
export async function writeReport({ head, ended, words, survey }: ReportFacts, signer: Signer): Promise<Uint8Array> {
  const { repositories: _, next, below, ...campaign } = head;
  const report = {
    _type: TYPE,
    schema: 1,
    ...campaign,
    ...(next === undefined ? {} : { next }),
    ...(below === undefined ? {} : { below }),
    ended,
    repositories: [...words].sort((one, other) => (one.gun < other.gun ? -1 : 1)).map((word) => ({ ...outcomeOf(word), gun: word.gun })),
    unpinned: survey.unpinned,
    hidden: survey.hidden,
    problems: survey.problems.map(({ gun, code, message }) => ({ gun, code, message })),
  };
  const bytes = await signer.sign(canonicalBytes(report));
  const { fingerprint, object } = signer.key;
  const key = { keytype: object.get('keytype'), scheme: object.get('scheme'), public: publicOf(object) };
  return canonicalBytes({ report, signature: { fingerprint, key, sig: encodeHex(bytes) } });
}

function outcomeOf(word: Progress): object {
  if (word.at === 'failed') return { outcome: 'failed', code: word.code, message: word.message };
  if (word.at === 'begin') return { outcome: 'unknown' };
  return { outcome: word.left.length === 0 ? 'done' : 'left', versions: word.versions, signed: word.signed, left: word.left };
}

function publicOf(key: JsonObject): string {
  const keyval = key.get('keyval');
  return isJsonObject(keyval) ? memberString(keyval, 'public', 'key') : '';
}

export interface ReadReport {
  readonly signer: Fingerprint;
  readonly kind: string;
  readonly key: Fingerprint;
  readonly ended: string;
  readonly rows: readonly { readonly gun: string; readonly outcome: string }[];
}

/** Checks the signature by the very bytes it covers. Throws CommandError `record` when it does not hold, FormatError for other files. */
export function readReport(file: Uint8Array): ReadReport {
  const { value } = readJson(file, { maxDepth: 16 });
  if (!isJsonObject(value)) throw new FormatError('malformed', 'report: wanted a JSON object');
  const report = memberObject(value, 'report', 'report');
  const signature = memberObject(value, 'signature', 'report');
  const spelled = memberObject(signature, 'key', 'report.signature');
  const opened = crypto.openKey({
    keytype: memberString(spelled, 'keytype', 'key'),
    scheme: memberString(spelled, 'scheme', 'key'),
    public: memberString(spelled, 'public', 'key'),
  });
  const sig = decodeHex(memberString(signature, 'sig', 'report.signature'));
  const holds = opened.status === 'ready' && opened.key.verify(canonicalBytes(plain(report)), sig);
  if (!holds || memberString(report, '_type', 'report') !== TYPE) {
    throw new CommandError('record', 'the signature of the report does not hold: it was changed after it was signed', {
      next: 'ask whoever made the report for it again, over another way',
    });
  }
  return {
    signer: opened.key.fingerprint,
    kind: memberString(report, 'kind', 'report'),
    key: parseFingerprint(memberString(report, 'key', 'report')),
    ended: memberString(report, 'ended', 'report'),
    rows: memberArray(report, 'repositories', 'report').map((row) => {
      if (!isJsonObject(row)) throw new FormatError('malformed', 'report: wanted an object for each repository');
      return { gun: memberString(row, 'gun', 'report'), outcome: memberString(row, 'outcome', 'report') };
    }),
  };
}

/** The tree as plain data. Names come from a file that is not believed yet: no prototype may answer for them. */
function plain(value: unknown): object {
  const entries = value instanceof Map ? [...value] : [];
  return Object.fromEntries(entries.map(([name, member]) => [name, plainValue(member)]));
}
const plainValue = (value: unknown): unknown =>
  value instanceof Map ? plain(value) : Array.isArray(value) ? value.map(plainValue) : value;
