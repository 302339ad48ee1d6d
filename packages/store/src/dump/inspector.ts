// Whether the items of a store agree with each other: each file with its digest, each head with its files and drafts, each record with
// the one before it and the last one with its head. Somebody who can write to a disk or to a backup can make each piece look well by
// itself; together they tell. Memory grows with the number of repositories, and with the files of one of them.
import type { Digest, RoleName } from '@countersign/core';
import { checkClaim, sha256 } from '../check-change.ts';
import { isStoreError, shown } from '../errors.ts';
import { isGun } from '../guards.ts';
import { noRecordHash, recordHash } from '../record/hash.ts';
import { readRecord } from '../record/read.ts';
import type { PublishRecord } from '../record/record.ts';
import { repositoryKey } from '../repository-key.ts';
import type { Head, RepositoryRef } from '../store.ts';
import type { ClaimItem, DamagedItem, DraftItem, FileItem, HeadItem, RecordItem, StoredItem, VersionItem } from './item.ts';

/** Something that is not as it was stored, in words for people. */
export interface Finding {
  readonly repository?: RepositoryRef;
  readonly text: string;
}

interface Open {
  readonly head: HeadItem;
  /** `LINE VERSION ROLE` to digest. */
  readonly versions: Map<string, VersionItem>;
  /** `ROLE DIGEST` to the lives that have it, and its length. */
  readonly files: Map<string, { readonly lives: number[]; readonly length: number }>;
  readonly drafts: Set<RoleName>;
}

interface Chain {
  readonly repository: RepositoryRef;
  readonly head: Pick<Head, 'seq' | 'recordHash'>;
  readonly named: Readonly<Record<string, Digest | undefined>>;
  seq: number;
  hash: string;
}

const recorded = ['root', 'snapshot', 'targets'] as const;

/** Takes all items of one dump, in their order, and tells what is wrong with each and, at the end, what is missing. */
export class Inspector {
  readonly #chains = new Map<string, Chain>();
  /** Repositories of which something is damaged: that its head is not there needs not be told for each of its parts. */
  readonly #harmed = new Set<string>();
  #open: Open | undefined;
  #position = 0;
  #lastClaim = '';

  take(item: StoredItem | DamagedItem): readonly Finding[] {
    switch (item.item) {
      case 'damage':
        if (item.repository !== undefined) this.#harmed.add(repositoryKey(item.repository));
        return [{ ...(item.repository && { repository: item.repository }), text: item.error.message }];
      case 'head':
        return [...this.#closeRepository(), ...this.#begin(item)];
      case 'version':
      case 'file':
      case 'draft':
        return this.#part(item);
      case 'record':
        return [...this.#closeRepository(), ...this.#record(item)];
      case 'claim':
        return [...this.#closeRepository(), ...this.#claim(item)];
    }
  }

  /** After the last item. */
  end(): readonly Finding[] {
    const findings = [...this.#closeRepository()];
    for (const { repository, head, seq, hash } of this.#chains.values()) {
      if (seq !== head.seq) findings.push({ repository, text: `the records end with ${seq}, but the head is at record ${head.seq}` });
      else if (hash !== head.recordHash) findings.push({ repository, text: `the head names another hash than that of record ${seq}` });
    }
    return findings;
  }

  #begin(item: HeadItem): readonly Finding[] {
    const { repository, head } = item;
    const key = repositoryKey(repository);
    const twice = this.#chains.has(key);
    this.#open = { head: item, versions: new Map(), files: new Map(), drafts: new Set() };
    const byName = new Map<string, { readonly digest: Digest }>(head.files);
    const named = Object.fromEntries(recorded.map((role) => [role, byName.get(role)?.digest]));
    this.#chains.set(key, { repository, head, named, seq: 0, hash: '' });
    return twice ? [{ repository, text: 'the repository appears twice' }] : [];
  }

  #part(item: VersionItem | FileItem | DraftItem): readonly Finding[] {
    const { repository } = item;
    const open = this.#open;
    if (open === undefined || repositoryKey(open.head.repository) !== repositoryKey(repository)) {
      if (this.#harmed.has(repositoryKey(repository))) return [];
      return [{ repository, text: `there is a ${item.item} of ${shown(item.role)}, but no head` }];
    }
    if (item.item === 'draft') {
      open.drafts.add(item.role);
      return open.head.head.pending.has(item.role)
        ? []
        : [{ repository, text: `the head knows nothing of a draft of ${shown(item.role)}` }];
    }
    if (item.item === 'version') {
      open.versions.set(`${item.line} ${item.version} ${item.role}`, item);
      return [];
    }
    const known = open.files.get(`${item.digest} ${item.role}`);
    open.files.set(`${item.digest} ${item.role}`, { lives: [...(known?.lives ?? []), item.life], length: item.bytes.length });
    if (sha256(item.bytes) === item.digest) return [];
    return [{ repository, text: `the file of ${shown(item.role)} with ${item.digest} has other bytes` }];
  }

  #closeRepository(): readonly Finding[] {
    const open = this.#open;
    this.#open = undefined;
    return open === undefined ? [] : whole(open);
  }

  #record({ position, bytes }: RecordItem): readonly Finding[] {
    const wanted = this.#position + 1;
    const findings: Finding[] = position === wanted ? [] : [{ text: `record ${wanted} of the store is missing: the next is ${position}` }];
    this.#position = position;
    let record: PublishRecord;
    try {
      record = readRecord(bytes);
    } catch (error) {
      if (!isStoreError(error)) throw error;
      return [...findings, { text: `record ${position} of the store: ${error.message}` }];
    }
    const { gun, dialect, seq, prev } = record;
    const repository = { gun, dialect };
    const chain = this.#chains.get(repositoryKey(repository));
    if (chain === undefined) {
      return this.#harmed.has(repositoryKey(repository))
        ? findings
        : [...findings, { repository, text: `there is a record ${seq}, but no head` }];
    }
    if (seq !== chain.seq + 1) findings.push({ repository, text: `record ${chain.seq + 1} is missing: the next is ${seq}` });
    else if (prev !== (chain.hash || noRecordHash))
      findings.push({ repository, text: `record ${seq} does not continue record ${seq - 1}` });
    chain.seq = seq;
    chain.hash = recordHash(bytes);
    if (seq === chain.head.seq) {
      const other = recorded.find((role) => record[role]?.digest !== chain.named[role]);
      if (other !== undefined) findings.push({ repository, text: `record ${seq} names another ${other} than the head` });
    }
    return findings;
  }

  #claim({ claim, gun }: ClaimItem): readonly Finding[] {
    const name = `${claim.kind} ${claim.digest}`;
    const ordered = name > this.#lastClaim;
    this.#lastClaim = name;
    try {
      checkClaim(claim);
    } catch (error) {
      if (!isStoreError(error)) throw error;
      return [{ text: error.message }];
    }
    if (!isGun(gun)) return [{ text: `the claim ${shown(name)} belongs to no GUN` }];
    return ordered ? [] : [{ text: `the claim ${shown(name)} appears twice, or in another place than its own` }];
  }
}

/** What is wrong with a repository of which everything was seen. */
function whole({ head: item, versions, files, drafts }: Open): readonly Finding[] {
  const { repository, head, life, lines } = item;
  const findings: Finding[] = [];
  const named = new Set([...versions.values()].map(({ digest, role }) => `${digest} ${role}`));
  const say = (text: string): void => void findings.push({ repository, text });
  for (const { line, role, version, digest } of versions.values()) {
    const lives = files.get(`${digest} ${role}`)?.lives ?? [];
    const right = (candidate: number): boolean => (line >= life ? candidate === life : candidate <= line);
    if (!lives.some(right)) say(`the file of ${shown(role)} v${version} is missing`);
    // A head that was put back in place of a newer one.
    const newest = head.files.get(role);
    if (newest !== undefined && lines.get(role) === line && version > newest.version) {
      say(`${shown(role)} v${version} is stored, but the head names v${newest.version} as the newest`);
    }
  }
  for (const { role, version, digest, length } of head.files.values()) {
    const stored = versions.get(`${lines.get(role)} ${version} ${role}`);
    if (stored === undefined) say(`the head names ${shown(role)} v${version}, which is not stored`);
    else if (stored.digest !== digest) say(`the head names ${shown(role)} v${version} with another digest than the stored one`);
    else if ((files.get(`${digest} ${role}`)?.length ?? length) !== length)
      say(`the head names another length of ${shown(role)} v${version}`);
  }
  for (const name of files.keys()) if (!named.has(name)) say(`no version leads to the file ${shown(name)}`);
  for (const role of head.pending.keys()) if (!drafts.has(role)) say(`the draft of ${shown(role)} is missing`);
  return findings;
}
