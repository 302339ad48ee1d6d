// Fills an empty database with the items of a dump, in one transaction: a process that dies on the way leaves it empty.
import { sha256 } from '../check-change.ts';
import type { DamagedItem, StoredItem } from '../dump/item.ts';
import { soundItems } from '../dump/sound.ts';
import { StoreError } from '../errors.ts';
import { recordHash } from '../record/hash.ts';
import { readRecord } from '../record/read.ts';
import { repositoryKey } from '../repository-key.ts';
import type { Line } from './connection.ts';
import { headRow } from './heads.ts';
import { leastLarge, newBlob, writeLarge } from './large.ts';

const atOnce = 64;

/** As `MetadataStore.load`. `line` is for this alone, and is thrown away afterwards. Yields nothing. */
export async function* loadDatabase(line: Line, items: AsyncIterable<StoredItem | DamagedItem>): AsyncGenerator<never> {
  const { sql } = line;
  await line.run(async () => {
    await sql`begin isolation level read committed`;
    await sql`set local idle_in_transaction_session_timeout = 0`;
    await sql`select position from countersign_last where id = 1 for update`;
  });
  const [some] = await line.run(async () => sql`select repository from countersign_heads limit 1`);
  if (some !== undefined) throw new StoreError('invalid', 'only an empty store can be loaded');
  let last = 0;
  let page: StoredItem[] = [];
  const flush = async (): Promise<void> => {
    const taken = page;
    page = [];
    await line.run(() => Promise.all(taken.map((item) => insert(line, item))));
    for (const item of taken) await insertLarge(line, item);
  };
  for await (const item of soundItems(items)) {
    page.push(item);
    if (item.item === 'record') last = item.position;
    if (page.length >= atOnce || isLarge(item)) await flush();
  }
  await flush();
  await line.run(async () => sql`update countersign_last set position = ${last}::bigint where id = 1`);
  const ended = await line.run(async () => sql`commit`);
  if (ended.command !== 'COMMIT') throw new StoreError('unavailable', `the load ended with ${ended.command}`);
}

const isLarge = (item: StoredItem): boolean => 'bytes' in item && item.bytes.length >= leastLarge;

/** Everything but large contents. */
async function insert({ sql }: Line, item: StoredItem): Promise<unknown> {
  switch (item.item) {
    case 'head': {
      const { repository, head, seal } = headRow(repositoryKey(item.repository), item);
      return await sql`insert into countersign_heads (repository, head, seal) values (${repository}, ${head}, ${seal})`;
    }
    case 'version':
      return await sql`
        insert into countersign_versions (repository, line, role, version, digest)
        values (${repositoryKey(item.repository)}, ${item.line}::bigint, ${item.role}, ${item.version}::bigint, ${item.digest})`;
    case 'file':
      if (isLarge(item)) return undefined;
      return await sql`
        insert into countersign_files (repository, life, role, digest, length, bytes)
        values (${repositoryKey(item.repository)}, ${item.life}::bigint, ${item.role}, ${item.digest}, ${item.bytes.length}::bigint, ${item.bytes})`;
    case 'draft':
      if (isLarge(item)) return undefined;
      return await sql`
        insert into countersign_drafts (repository, role, digest, length, bytes)
        values (${repositoryKey(item.repository)}, ${item.role}, ${sha256(item.bytes)}, ${item.bytes.length}::bigint, ${item.bytes})`;
    case 'record': {
      const { gun, dialect, seq } = readRecord(item.bytes);
      return await sql`
        insert into countersign_records (position, repository, seq, hash, bytes)
        values (${item.position}::bigint, ${repositoryKey({ gun, dialect })}, ${seq}::bigint, ${recordHash(item.bytes)}, ${item.bytes})`;
    }
    case 'claim':
      return await sql`
        insert into countersign_claims (kind, digest, gun) values (${item.claim.kind}, ${item.claim.digest}, ${item.gun})`;
  }
}

async function insertLarge(line: Line, item: StoredItem): Promise<void> {
  if ((item.item !== 'file' && item.item !== 'draft') || !isLarge(item)) return;
  const { sql } = line;
  const blob = newBlob();
  const repository = repositoryKey(item.repository);
  await line.run(() => writeLarge(line, [{ blob, bytes: item.bytes }]));
  await line.run(async () =>
    item.item === 'file'
      ? sql`
          insert into countersign_files (repository, life, role, digest, length, blob)
          values (${repository}, ${item.life}::bigint, ${item.role}, ${item.digest}, ${item.bytes.length}::bigint, ${blob})`
      : sql`
          insert into countersign_drafts (repository, role, digest, length, blob)
          values (${repository}, ${item.role}, ${sha256(item.bytes)}, ${item.bytes.length}::bigint, ${blob})`,
  );
}
