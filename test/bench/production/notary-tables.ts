// The two tables that notary-server 0.7.0 expects to find in its database: it makes none itself, and Debian's package brings no SQL. Columns
// and their types are those that it asks for, without the indexes that reads of one file have no use for.
export const NOTARY_TABLES: string = `
  create table tuf_files (
    id serial primary key, created_at timestamp, updated_at timestamp, deleted_at timestamp,
    gun varchar(255) not null, role varchar(255) not null, version integer not null, data bytea not null, sha256 char(64),
    unique (gun, role, version));
  create index tuf_files_sha256 on tuf_files (sha256);
  create table changefeed (
    id serial primary key, created_at timestamp default current_timestamp, gun varchar(255) not null, version integer not null,
    sha256 char(64), category varchar(20) not null default 'update');
  create index changefeed_gun on changefeed (gun)`;
