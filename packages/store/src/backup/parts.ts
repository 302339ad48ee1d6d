// A backup is a line of parts, format `countersign-backup/1`:
//
//   countersign-backup.json             {"schema": "countersign-backup/1", "made": "2030-01-31T12:00:00Z"}
//   part-00000001-SHA256.jsonl          items, one JSON object a line (item-line.ts), about 4 MiB; the name says the SHA-256
//   part-00000002-SHA256.jsonl          …
//   end.json                            {"schema", "parts", "sha256", and how many items there are of each kind}
//
// `sha256` in the end is that of all parts in their order, without their names, so it is the same for a folder and for a tar archive. A
// backup without its end is no backup.
import { createHash } from 'node:crypto';
import { formatInstant, type Instant } from '@countersign/core';
import type { DamagedItem, StoredItem } from '../dump/item.ts';
import { soundItems } from '../dump/sound.ts';
import { StoreError, shown } from '../errors.ts';
import { itemLine, readItemLine } from './item-line.ts';

/** A file of a backup. */
export interface BackupPart {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a whole backup holds. */
export interface BackupSummary {
  readonly made: string;
  /** Hex SHA-256 over all parts. */
  readonly sha256: string;
  readonly parts: number;
  readonly repositories: number;
  readonly files: number;
  readonly records: number;
  readonly items: number;
}

export const backupFirst = 'countersign-backup.json';
export const backupLast = 'end.json';
const schema = 'countersign-backup/1';
const partBytes = 4 * 1024 * 1024;
const isPartName = /^part-([0-9]{8})-([0-9a-f]{64})\.jsonl$/;

/**
 * The parts of a backup of `items`, each when it is full.
 *
 * @throws StoreError `damaged` when the items do not agree: then there is no end, and what was written must be thrown away
 */
export async function* writeBackup(items: AsyncIterable<StoredItem | DamagedItem>, made: Instant): AsyncGenerator<BackupPart> {
  const time = formatInstant(made);
  yield { name: backupFirst, bytes: text({ schema, made: time }) };
  const sums = new Sums(time);
  let [lines, length]: [Buffer[], number] = [[], 0];
  for await (const item of soundItems(items)) {
    const line = Buffer.from(itemLine(item));
    sums.count(item);
    lines.push(line);
    length += line.length;
    if (length < partBytes) continue;
    yield sums.part(Buffer.concat(lines));
    [lines, length] = [[], 0];
  }
  if (length > 0) yield sums.part(Buffer.concat(lines));
  yield { name: backupLast, bytes: text({ schema, ...sums.summary() }) };
}

/**
 * The items of a backup. `ended` is told what the backup holds once everything was seen to agree, and never otherwise.
 *
 * @throws StoreError `damaged` for a part that is missing, changed, out of order or unknown, and for a backup without its end; `schema`
 */
export async function* readBackup(
  parts: AsyncIterable<BackupPart>,
  ended: (summary: BackupSummary) => void = () => undefined,
): AsyncGenerator<StoredItem> {
  let sums: Sums | undefined;
  let summary: BackupSummary | undefined;
  for await (const { name, bytes } of parts) {
    if (summary !== undefined) throw damaged(`${shown(name)} comes after the end`);
    if (sums === undefined) {
      sums = new Sums(begun(name, bytes));
    } else if (name === backupLast) {
      summary = sums.summary();
      const said = Buffer.from(bytes).toString('utf8');
      if (said !== Buffer.from(text({ schema, ...summary })).toString('utf8'))
        throw damaged(`its end tells of something else: ${shown(said)}`);
    } else {
      const [, number = '', digest] = isPartName.exec(name) ?? [];
      const part = sums.part(bytes);
      if (digest === undefined) throw damaged(`${shown(name)} is no part of one`);
      if (part.name !== name) throw damaged(`part ${Number(number)} is missing, in another place, or has other bytes than its name says`);
      for (const line of Buffer.from(bytes).toString('utf8').split('\n').slice(0, -1)) {
        const item = readItemLine(line);
        sums.count(item);
        yield item;
      }
    }
  }
  if (summary === undefined) throw damaged('its end is missing: it was cut off');
  ended(summary);
}

class Sums {
  readonly #made: string;
  readonly #hash = createHash('sha256');
  readonly #counts = { repositories: 0, files: 0, records: 0, items: 0 };
  #parts = 0;

  constructor(made: string) {
    this.#made = made;
  }

  count({ item }: StoredItem): void {
    this.#counts.items += 1;
    if (item === 'head') this.#counts.repositories += 1;
    else if (item === 'file') this.#counts.files += 1;
    else if (item === 'record') this.#counts.records += 1;
  }

  part(bytes: Uint8Array): BackupPart {
    this.#parts += 1;
    this.#hash.update(bytes);
    const digest = createHash('sha256').update(bytes).digest('hex');
    return { name: `part-${String(this.#parts).padStart(8, '0')}-${digest}.jsonl`, bytes };
  }

  summary(): BackupSummary {
    return { made: this.#made, sha256: this.#hash.copy().digest('hex'), parts: this.#parts, ...this.#counts };
  }
}

/** When it was made. */
function begun(name: string, bytes: Uint8Array): string {
  const said = name === backupFirst ? Buffer.from(bytes).toString('utf8') : '';
  const [, format, made] = /^\{"schema":"([^"]{1,80})"(?:,"made":"([0-9TZ:-]{1,40})")?/.exec(said) ?? [];
  if (format === undefined) throw damaged(`it does not begin with ${backupFirst}`);
  if (format !== schema || made === undefined) {
    throw new StoreError('schema', `the backup has format ${shown(format)}, wanted ${schema}`);
  }
  return made;
}

const text = (value: object): Uint8Array => Buffer.from(`${JSON.stringify(value)}\n`);
const damaged = (what: string): StoreError => new StoreError('damaged', `this is no whole backup: ${what}`);
