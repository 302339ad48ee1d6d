// Small repositories for the contract: names, files, and commits that continue a head. Contents are text; a store does not read them.
import type { Digest, Gun, Instant, RoleName, Version } from '@countersign/core';
import { sha256 } from '../check-change.ts';
import { isDigest, isGun, isRoleName, isVersion } from '../guards.ts';
import { draftRecord } from '../record/draft.ts';
import type { RecordDraft, RecordKind } from '../record/record.ts';
import type { Change, Head, MetadataStore, NewFile, RepositoryRef } from '../store.ts';

function sure<T>(value: unknown, guard: (value: unknown) => value is T): T {
  if (!guard(value)) throw new Error(`not a sample: ${String(value)}`);
  return value;
}

export const gun = (name: string): Gun => sure(name, isGun);
export const role = (name: string): RoleName => sure(name, isRoleName);
export const version = (number: number): Version => sure(number, isVersion);
export const digestOf = (bytes: Uint8Array): Digest => sure(sha256(bytes), isDigest);
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);
export const noon: Instant = sure(Date.UTC(2025, 0, 31, 12), (value): value is Instant => typeof value === 'number');

export const app: RepositoryRef = { gun: gun('registry.example.com/team/app'), dialect: 'tuf' };
export const tool: RepositoryRef = { gun: gun('registry.example.com/team/tool'), dialect: 'tuf' };
export const appInNotary: RepositoryRef = { gun: app.gun, dialect: 'notary' };

/** `root v1` and the like, unless `content` says otherwise. */
export function newFile(roleName: string, number: number, content: string | Uint8Array = `${roleName} v${number}`): NewFile {
  const bytes = typeof content === 'string' ? bytesOf(content) : content;
  return { role: role(roleName), version: version(number), bytes, digest: digestOf(bytes) };
}

export const allRoles = (number: number): readonly NewFile[] =>
  ['root', 'targets', 'snapshot', 'timestamp'].map((name) => newFile(name, number));

export const change = (parts: Partial<Change>): Change => ({ files: [], claims: [], ...parts });

export function recordOf(
  repository: RepositoryRef,
  head: Head | undefined,
  parts: Partial<Change>,
  kind: RecordKind = 'publish',
): RecordDraft {
  const reset = parts.reset ? { reset: parts.reset } : {};
  return draftRecord(head, { repository, kind, time: noon, files: parts.files ?? [], signers: [], ...reset });
}

/** Commits `parts` and a record of them on top of `head`. */
export function publish(store: MetadataStore, repository: RepositoryRef, head: Head | undefined, parts: Partial<Change>): Promise<Head> {
  const kind = parts.deleted === true ? 'delete' : 'publish';
  return store.commit(repository, head?.revision ?? 'new', change({ record: recordOf(repository, head, parts, kind), ...parts }));
}

/** The text of a file as the store serves it. */
export async function served(store: MetadataStore, repository: RepositoryRef, name: string, number: number): Promise<string | undefined> {
  return textOf(await store.file(repository, { role: role(name), version: version(number) }));
}

export async function repositoriesOf(store: MetadataStore, after?: RepositoryRef): Promise<readonly RepositoryRef[]> {
  const all: RepositoryRef[] = [];
  for await (const repository of store.repositories(after ? { after } : {})) all.push(repository);
  return all;
}
