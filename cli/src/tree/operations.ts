// The commands of whoever runs a trust server: what it keeps, copied, put back and verified.
import { ADDRESS_OPTIONS } from './options.ts';
import type { CommandSpec } from './spec.ts';

const DATA = { flags: '--data <dir>', what: 'data folder of a server that is stopped', takes: 'folder' } as const;

const STORE = [
  { flags: '--store <url>', what: 'PostgreSQL database that a server keeps its store in; without a password' },
  { flags: '--store-file <file>', what: 'file with that URL, which may hold a password', takes: 'file' },
] as const;

export const operationCommands: readonly CommandSpec[] = [
  {
    name: 'backup',
    summary: 'everything that a trust server keeps, of one moment',
    about:
      'Asks a running server, which goes on working (an admin token is needed), or reads the folder of one that is stopped, or a database. Everything is ' +
      'verified while it is written, and what was written has its name only when it is whole. The master key and the high-water marks are ' +
      'never in it: whoever has a backup can sign nothing, and marks that are as old as the backup would hide that it is old.',
    arguments: [],
    options: [
      DATA,
      ...STORE,
      { flags: '--to <place>', what: 'a file whose name ends in .tar, or a folder to be', takes: 'file' },
      ...ADDRESS_OPTIONS,
    ],
    examples: [
      { line: 'countersign backup --server https://trust.example.com --to monday.tar', what: 'while it works' },
      { line: 'countersign backup --data ./trust-data --to monday.tar', what: 'while it is stopped' },
    ],
    load: async () => (await import('../commands/backup.ts')).backupCommand,
  },
  {
    name: 'restore',
    summary: 'the store of a backup, verified, in its place',
    about:
      'Nothing is put in its place before everything was verified, and a restore that was killed leaves what was there before. A database ' +
      'must be empty. Keys in the ' +
      'data folder stay as they are. A server that starts on a store older than its high-water marks serves and signs nothing of what changed since.',
    arguments: [{ name: 'backup', what: 'the archive, or the folder', presence: 'required' }],
    options: [
      { ...DATA, what: 'data folder to restore into' },
      ...STORE,
      { flags: '--sha256 <digest>', what: 'what backup printed: another backup is refused' },
      { flags: '--force', what: 'move a store that is there aside' },
    ],
    examples: [
      { line: 'countersign restore monday.tar --data ./trust-data', what: 'into a folder without a store' },
      { line: 'countersign restore monday.tar --store-file ./database', what: 'into an empty database' },
    ],
    load: async () => (await import('../commands/restore.ts')).restoreCommand,
  },
  {
    name: 'fsck',
    summary: 'whether everything that a trust server keeps is what was stored',
    about:
      'Verifies each file, each chain of records, each head, and every repository as a client would: roots from the first on, timestamp, ' +
      'snapshot, targets, delegated roles, and the keys of the server. Holds each repository against its high-water mark: a store that an old ' +
      'copy was restored over is whole in itself. Asks a running server, which goes on working (an admin token is ' +
      'needed), or reads the folder of one that is stopped, a database, or a backup. Ends with status 1 when something is not as it was stored.',
    arguments: [],
    options: [
      DATA,
      ...STORE,
      { flags: '--backup <place>', what: 'an archive or folder that backup wrote', takes: 'file' },
      {
        flags: '--high-water <file>',
        what: 'the high-water file that the store is held against; without it, DATA.high-water where that is there',
        takes: 'file',
      },
      ...ADDRESS_OPTIONS,
    ],
    examples: [
      { line: 'countersign fsck --server https://trust.example.com', what: 'while it works' },
      { line: 'countersign fsck --data ./trust-data --output json', what: 'a report for machines' },
      { line: 'countersign fsck --store-file ./database --high-water ./marks', what: 'whether a database has all that was signed' },
      { line: 'countersign fsck --backup monday.tar', what: 'whether it could be restored' },
    ],
    load: async () => (await import('../commands/fsck.ts')).fsckCommand,
  },
];
