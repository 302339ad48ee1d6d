// Whether a change agrees with itself, before it is compared with any head. What fails here is a mistake of the caller, never the
// outcome of a race. Digests are computed, not believed: a wrong one would be stored for ever.
import { createHash } from 'node:crypto';
import { isTopLevel } from '@countersign/core';
import { StoreError, shown } from './errors.ts';
import { isDigest, isGun, isHash, isRoleName, isVersion, isWhole } from './guards.ts';
import { recordIn } from './record/drafted.ts';
import { recordHash } from './record/hash.ts';
import type { RecordDraft } from './record/record.ts';
import type { Change, Claim, NewFile, PendingDraft, RepositoryRef } from './store.ts';

/** @throws StoreError `invalid` */
export function checkChange(repository: RepositoryRef, change: Change): void {
  if (!isGun(repository.gun)) throw invalid(`the GUN cannot be stored: ${shown(String(repository.gun))}`);
  checkFiles(change.files);
  for (const claim of change.claims) checkClaim(claim);
  if (change.record) checkRecord(repository, change.record);
  for (const [role, generation] of change.generations ?? []) {
    if ((role !== 'snapshot' && role !== 'timestamp') || !isWhole(generation, 0)) {
      throw invalid(`a generation is a whole number of snapshot or timestamp, got ${shown(String(generation))} of ${shown(String(role))}`);
    }
  }
  if (change.reset && change.deleted !== false) throw invalid('a reset must lift the tombstone');
  checkDrafts(change.pending ?? []);
  checkRetired(change);
  for (const role of change.dropPending ?? []) if (!isRoleName(role)) throw invalid(`no role is called ${shown(String(role))}`);
}

/** @throws StoreError `invalid` */
export function checkClaim(claim: Claim): void {
  const isKind = /^[a-z][a-z-]{0,31}$/.test(claim.kind);
  if (!isKind || !/^([0-9a-f]{2}){1,64}$/.test(claim.digest)) {
    throw invalid(`a claim is a kind and a digest in hex, got ${shown(`${claim.kind} ${claim.digest}`)}`);
  }
}

export const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function checkFiles(files: readonly NewFile[]): void {
  const seen = new Map<string, string>();
  for (const { role, version, bytes, digest } of files) {
    if (!isRoleName(role) || !isVersion(version)) throw invalid(`no file can be ${shown(String(role))} v${shown(String(version))}`);
    if (sha256(bytes) !== digest) throw invalid(`${shown(role)} v${version} has another digest than the one given`);
    const other = seen.get(`${version} ${role}`);
    if (other !== undefined && other !== digest) throw invalid(`${shown(role)} v${version} is given twice with different bytes`);
    seen.set(`${version} ${role}`, digest);
  }
}

function checkRecord(repository: RepositoryRef, draft: RecordDraft): void {
  const record = recordIn(draft);
  if (record.gun !== repository.gun || record.dialect !== repository.dialect) {
    throw invalid(`the record is of ${record.dialect} ${shown(record.gun)}, wanted ${repository.dialect} ${shown(repository.gun)}`);
  }
  if (!isHash(draft.hash) || recordHash(draft.bytes) !== draft.hash || record.seq !== draft.seq) {
    throw invalid('the record has another seq or hash than its draft says');
  }
}

function checkDrafts(drafts: readonly PendingDraft[]): void {
  const roles = new Set<string>();
  for (const { role, signed } of drafts) {
    if (!isRoleName(role) || !isDigest(signed)) throw invalid(`no draft can be ${shown(String(role))} ${shown(String(signed))}`);
    if (roles.has(role)) throw invalid(`two drafts of ${shown(role)} in one change`);
    roles.add(role);
  }
}

function checkRetired({ retired = [], files, pending = [] }: Change): void {
  const staying = new Set([...files, ...pending].map(({ role }) => role));
  for (const role of retired) {
    if (!isRoleName(role) || isTopLevel(role)) throw invalid(`only a delegated role can be retired, got ${shown(String(role))}`);
    if (staying.has(role)) throw invalid(`${shown(role)} cannot be retired by the change that brings a file or a draft of it`);
  }
}

const invalid = (message: string): StoreError => new StoreError('invalid', message);
