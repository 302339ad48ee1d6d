// The tables, as a numbered line of steps. A step must leave the program of the version before able to read and write: the new program
// migrates while the old one still serves. What would break it takes two releases: first add, later remove.
// Only what PostgreSQL, CockroachDB, YugabyteDB and Aurora share: no advisory locks, no triggers, no types of our own. Every statement can
// run twice, because some of them do not undo the definition of a table with its transaction.

export interface Migration {
  readonly version: number;
  /** The oldest program, by the version that it knows, that still works on the tables as this step leaves them. */
  readonly oldest: number;
  readonly statements: readonly string[];
}

// GUNs and roles are compared byte by byte: the order of a language changes with the system's library, and an index made before does not.
export const migrations: readonly Migration[] = [
  {
    version: 1,
    oldest: 1,
    statements: [
      // One row a repository (`GUN DIALECT`); `seal` is a checksum over key and head.
      `create table if not exists countersign_heads (
        repository text collate "C" primary key, head text not null, seal text not null)`,
      `create table if not exists countersign_versions (
        repository text collate "C", line bigint, role text collate "C", version bigint, digest text not null,
        primary key (repository, role, version, line))`,
      // The bytes stand in the row or, when they are large, in the parts of \`blob\`.
      `create table if not exists countersign_files (
        repository text collate "C", life bigint, role text collate "C", digest text, length bigint not null, bytes bytea, blob text,
        primary key (repository, role, digest, life))`,
      `create table if not exists countersign_drafts (
        repository text collate "C", role text collate "C", digest text not null, length bigint not null, bytes bytea, blob text,
        primary key (repository, role))`,
      'create table if not exists countersign_parts (blob text, part bigint, bytes bytea not null, primary key (blob, part))',
      `create table if not exists countersign_records (
        position bigint primary key, repository text collate "C" not null, seq bigint not null, hash text not null, bytes bytea not null,
        unique (repository, seq))`,
      'create table if not exists countersign_claims (kind text collate "C", digest text collate "C", gun text not null, primary key (kind, digest))',
      // One row. It is the last that a transaction locks, so that positions and moments follow the order of commits.
      'create table if not exists countersign_last (id bigint primary key, position bigint not null, moment bigint not null)',
      'insert into countersign_last (id, position, moment) values (1, 0, 0) on conflict do nothing',
      // Which repository moved at which moment, for those who keep what they read. Only the newest are kept.
      'create table if not exists countersign_moves (moment bigint primary key, repository text not null)',
      // A row for every transaction of late: by it a program finds out what became of one whose answer was lost.
      'create table if not exists countersign_batches (token text primary key, kept boolean not null, made timestamptz not null default now())',
    ],
  },
];
