// Small questions asked together: whoever comes while others wait for their answer shares the next statement. Each question is in a
// statement that was sent after it was asked, so that whatever was settled before is seen, and many publishers at once cost the database
// few statements.
import { textArray } from './arrays.ts';
import type { HeadRow } from './heads.ts';
import type { Reads } from './reads.ts';
import { claimKey } from './staging.ts';

/** More than one, so that a slow answer does not hold up everybody. */
const mostUnderWay = 2;
const mostInOne = 256;

export interface ClaimRow {
  readonly kind: string;
  readonly digest: string;
  readonly gun: string;
}

interface Asking<Row> {
  readonly key: string;
  resolve(row: Row | undefined): void;
  reject(error: unknown): void;
}

export class Together<Row> {
  readonly #ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>;
  #waiting: Asking<Row>[] = [];
  #underWay = 0;

  /** `ask` answers with the rows that there are, by key. What it throws, all who asked are told. */
  constructor(ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>) {
    this.#ask = ask;
  }

  one(key: string): Promise<Row | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      if (this.#underWay < mostUnderWay) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#underWay += 1;
    // Those who ask at this moment come along.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#settle(this.#waiting.splice(0, mostInOne));
    this.#underWay -= 1;
  }

  async #settle(asked: readonly Asking<Row>[]): Promise<void> {
    try {
      const rows = await this.#ask([...new Set(asked.map(({ key }) => key))]);
      for (const { key, resolve } of asked) resolve(rows.get(key));
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}

/** Heads, by `repositoryKey`. */
export const headsTogether = (reads: Reads): Together<HeadRow> =>
  new Together(async (names) => {
    const rows = await reads.ask(
      (sql) => sql<HeadRow[]>`select repository, head, seal from countersign_heads where repository = any(${textArray(names)}::text[])`,
    );
    return new Map(rows.map((row) => [row.repository, row]));
  });

/** Claims, by `claimKey`. Each is looked for by itself: see lock.ts. */
export const claimsTogether = (reads: Reads): Together<ClaimRow> =>
  new Together(async (keys) => {
    const rows = await reads.ask(
      (sql) => sql<ClaimRow[]>`
        select c.kind, c.digest, c.gun
        from unnest(${textArray(keys.map(kindIn))}::text[], ${textArray(keys.map(digestIn))}::text[]) as w (kind, digest)
        cross join lateral (
          select kind, digest, gun from countersign_claims where kind = w.kind and digest = w.digest offset 0) as c`,
    );
    return new Map(rows.map((row) => [claimKey(row), row]));
  });

// Neither a kind nor a digest has a space: `checkClaim` has seen them.
const kindIn = (key: string): string => key.slice(0, key.indexOf(' '));
const digestIn = (key: string): string => key.slice(key.indexOf(' ') + 1);
