// Verifies everything that a store keeps: that each piece is what was stored and that they agree (`Inspector`), that every repository
// would be believed by a client, and that none is behind its high-water mark. It reads a dump, so it runs on a folder, beside a server that works, or on a backup.
import type { Env, RoleName, Version } from '@countersign/core';
import { type DamagedItem, type Finding, type HeadItem, Inspector, type StoredItem } from '@countersign/store';
import type { ServerKeyring } from '../server-keys.ts';
import type { World } from '../world.ts';
import { type Checked, type Collected, checkRepository } from './check-repository.ts';
import { HeldToMarks } from './held-to-marks.ts';
import type { KnownMarks } from './known-marks.ts';
import { OwedClaims } from './owed-claims.ts';

export interface FsckCounts {
  readonly repositories: number;
  readonly files: number;
  readonly records: number;
  readonly findings: number;
  /** High-water marks that the repositories are held against; absent where nobody has them. */
  readonly marks?: number;
}

export type FsckStep =
  | { readonly step: 'progress' | 'done'; readonly counts: FsckCounts }
  | { readonly step: 'finding'; readonly finding: Finding };

export interface FsckRules extends Pick<Env, 'limits' | 'crypto'> {
  readonly dialects: World['dialects'];
  /** Absent where nobody has the master secret: then the server's keys are not compared. */
  readonly keyring?: ServerKeyring | undefined;
  /** Read before the first item. Undefined where nobody has them: then an older store that was put back goes unnoticed. */
  readonly marks: KnownMarks | undefined;
}

// How often somebody who watches is told.
const EVERY = 1000;

/** The last step is `done`. Memory grows with the newest files of one repository and the number of all of them, by a few hundred bytes each. */
export async function* fsck(items: AsyncIterable<StoredItem | DamagedItem>, rules: FsckRules): AsyncGenerator<FsckStep> {
  const inspector = new Inspector();
  const owed = new OwedClaims();
  const held = new HeldToMarks(rules.marks?.marks ?? new Map());
  const counts = { repositories: 0, files: 0, records: 0, findings: 0, ...(rules.marks && { marks: held.size }) };
  let shelf: Shelf | undefined;
  let seen = 0;
  const told = (findings: readonly Finding[]): readonly FsckStep[] => {
    counts.findings += findings.length;
    return findings.map((finding) => ({ step: 'finding', finding }));
  };
  const judged = (): readonly FsckStep[] => {
    const done = shelf;
    shelf = undefined;
    if (done === undefined) return [];
    const { repository } = done.head;
    const { findings, claims } = done.judge(rules);
    return told([...findings.map((text) => ({ repository, text })), ...owed.owe(repository, claims)]);
  };
  yield* told(rules.marks?.findings ?? []);
  for await (const item of items) {
    // Without a head of its own, what follows must not be taken for a part of the repository before.
    if (shelf !== undefined && !shelf.holds(item)) yield* judged();
    yield* told(inspector.take(item));
    if (item.item === 'head') {
      counts.repositories += 1;
      yield* told(held.take(item));
      shelf = new Shelf(item);
    } else if (item.item === 'version' || item.item === 'file') {
      if (item.item === 'file') counts.files += 1;
      shelf?.take(item);
    } else if (item.item === 'record') counts.records += 1;
    else if (item.item === 'claim') yield* told(owed.take(item));
    else if (item.item === 'damage') {
      shelf?.harm();
      held.harm(item);
      if (item.repository === undefined) owed.harm();
    }
    seen += 1;
    if (seen % EVERY === 0) yield { step: 'progress', counts: { ...counts } };
  }
  yield* judged();
  yield* told([...inspector.end(), ...owed.end(), ...held.end()]);
  yield { step: 'done', counts };
}

/** What is kept of a repository while it passes: its roots, and the newest file of each role. */
class Shelf implements Collected {
  readonly head: HeadItem;
  readonly #wanted = new Map<string, RoleName>();
  readonly #versions = new Map<string, string>();
  readonly #files = new Map<string, Uint8Array>();
  #harmed = false;

  constructor(head: HeadItem) {
    this.head = head;
    for (const { role, digest } of head.head.files.values()) this.#wanted.set(`${digest} ${role}`, role);
  }

  take(item: Extract<StoredItem, { item: 'version' | 'file' }>): void {
    const { role, digest } = item;
    const key = `${digest} ${role}`;
    if (item.item === 'version') {
      if (this.head.lines.get(role) === item.line) this.#versions.set(`${item.version} ${role}`, key);
    } else if (item.life === this.head.life && (role === 'root' || this.#wanted.has(key))) this.#files.set(key, item.bytes);
  }

  holds(item: StoredItem | DamagedItem): boolean {
    const { repository } = this.head;
    const other = 'repository' in item ? item.repository : undefined;
    return item.item !== 'head' && other?.gun === repository.gun && other.dialect === repository.dialect;
  }

  /** Something of it is damaged and was told: what follows from that would be told again. */
  harm(): void {
    this.#harmed = true;
  }

  file(role: RoleName, version: Version | undefined): Uint8Array | undefined {
    const number = version ?? this.head.head.files.get(role)?.version;
    return this.#files.get(this.#versions.get(`${number} ${role}`) ?? '');
  }

  judge({ dialects, limits, crypto, keyring }: FsckRules): Checked {
    const { repository, head } = this.head;
    // A tombstone is shown to nobody, and may be the half of an import.
    if (head.deleted || this.#harmed || head.files.size === 0) return { findings: [], claims: [] };
    const collected: Collected = { head: this.head, file: (role, version) => this.file(role, version) };
    return checkRepository(collected, { dialect: dialects[repository.dialect], limits, crypto }, keyring);
  }
}
