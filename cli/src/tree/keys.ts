// The commands about keys.
import { GUN, NEW_SECRET_OPTIONS, PIN_OPTIONS, SECRET_OPTIONS, SERVER_OPTIONS } from './options.ts';
import type { ArgumentSpec, GroupSpec, OptionSpec } from './spec.ts';

const KEY: ArgumentSpec = { name: 'key', what: 'label, or the first digits of the fingerprint', presence: 'required' };
const COST: OptionSpec = { flags: '--cost <number>', what: 'how hard guessing the passphrase is, 15 to 20' };

export const keyGroup: GroupSpec = {
  name: 'key',
  summary: 'keys of this machine, and the keys of a repository',
  commands: [
    {
      name: 'generate',
      summary: 'make a new key',
      about: 'Makes a key and keeps it, encrypted, in the key folder. Prints its fingerprint.',
      arguments: [],
      options: [
        { flags: '--label <name>', what: 'a name for people' },
        { flags: '--kind <kind>', what: 'kind of key', choices: ['ed25519', 'ecdsa-p256'] },
        COST,
        ...SECRET_OPTIONS,
      ],
      examples: [{ line: 'countersign key generate --label alice', what: 'a key for alice' }],
      load: async () => (await import('../commands/key-generate.ts')).keyGenerate,
    },
    {
      name: 'list',
      summary: 'keys of this machine, and what they may sign',
      about:
        'Shows for each key where it may sign and until when, as far as this machine has seen; what it has not asked for lately it may not ' +
        'know. --repo asks the server of one repository.',
      arguments: [],
      options: [
        { flags: '--repo <gun>', what: 'ask the server what the keys may sign in this repository' },
        ...SERVER_OPTIONS,
        ...PIN_OPTIONS,
      ],
      examples: [
        { line: 'countersign key list', what: 'fingerprint, kind and label of each key, and its roles' },
        { line: 'countersign key list --repo registry.example.com/team/app', what: 'as it stands now' },
      ],
      load: async () => (await import('../commands/key-list.ts')).keyList,
    },
    {
      name: 'import',
      summary: 'take over a private key: PEM, a file of notary or OpenSSH, a key file; or note where one is',
      about:
        'The passphrase that protects the file protects the key here too, unless a new one is given. A key URI (pkcs11:, exec:, env:, ' +
        'file:) leaves the key where it is and notes that: it is a key of this machine from then on. A key of notary or docker trust gets its ' +
        'role as label, and keeps its id there.',
      arguments: [{ name: 'file', what: 'file, - for stdin, or a key URI', presence: 'required' }],
      options: [{ flags: '--label <name>', what: 'a name for people' }, ...SECRET_OPTIONS, ...NEW_SECRET_OPTIONS],
      examples: [
        { line: 'countersign key import delegation.key --label ci', what: 'a key of notary or docker trust' },
        { line: 'countersign key import backup.json', what: 'a key file of another machine' },
        {
          line: "countersign key import 'pkcs11:token=ci;object=signer?module-path=/usr/lib/softhsm/libsofthsm2.so'",
          what: 'a key on a token',
        },
      ],
      load: async () => (await import('../commands/key-import.ts')).keyImport,
    },
    {
      name: 'export',
      summary: 'a key for another program, in PEM or as OpenSSH writes it',
      about:
        'Without --public, the private key in PKCS#8 PEM, encrypted; --format openssh needs --unsafe-plain beside it. A key file itself is ' +
        'the better backup: copy it.',
      arguments: [KEY],
      options: [
        { flags: '--public', what: 'the public half' },
        { flags: '--format <format>', what: 'pem (the usual one) or openssh', choices: ['pem', 'openssh'] },
        { flags: '--to <file>', what: 'a new file, in place of stdout', takes: 'file' },
        { flags: '--unsafe-plain', what: 'the private key unencrypted, for a pipe' },
        ...SECRET_OPTIONS,
        ...NEW_SECRET_OPTIONS,
      ],
      examples: [{ line: 'countersign key export alice --public --to alice.pub', what: 'what alice gives to others' }],
      load: async () => (await import('../commands/key-export.ts')).keyExport,
    },
    {
      name: 'passwd',
      summary: 'another passphrase for a key',
      arguments: [KEY],
      options: [COST, ...SECRET_OPTIONS, ...NEW_SECRET_OPTIONS],
      examples: [{ line: 'countersign key passwd alice', what: 'asks for the old and the new one' }],
      load: async () => (await import('../commands/key-passwd.ts')).keyPasswd,
    },
    {
      name: 'rotate',
      summary: 'another key for a role of a repository',
      about:
        'root: a new root key, signed by the old one and by itself. targets, releases and every other role below targets: a new key for ' +
        'what publishers sign. snapshot and timestamp: the next key of the trust server; with --here a snapshot of the Notary dialect is signed ' +
        'by whoever publishes, until it is rotated without. Consumers follow by themselves.',
      arguments: [
        {
          name: 'role',
          what: 'root, targets, releases, snapshot, timestamp, or any role below targets',
          presence: 'required',
          suggests: ['root', 'targets', 'releases', 'snapshot', 'timestamp'],
        },
        GUN,
      ],
      options: [
        { flags: '--old <key>', what: 'the key that goes, where the role has several' },
        { flags: '--key <key>', what: 'a key of this machine or a key URI, in place of a new one' },
        { flags: '--here', what: "snapshot, in the Notary dialect: a key of this machine in place of the server's" },
        ...SERVER_OPTIONS,
        ...PIN_OPTIONS,
        ...SECRET_OPTIONS,
      ],
      examples: [{ line: 'countersign key rotate root registry.example.com/team/app', what: 'after a root key may have leaked' }],
      load: async () => (await import('../commands/key-rotate.ts')).keyRotate,
    },
    {
      name: 'revoke',
      summary: 'take a key away from every role of a repository',
      about:
        'In one publish: every list that names the key, and every role that only it had signed, signed anew. Prints what it had signed. ' +
        'A role that would be left with too few keys refuses all of it, unless --to names a key in its place, or --threshold a lower ' +
        'number. A root that names the key is changed with --include-root only.',
      arguments: [{ name: 'key', what: 'label, or the first digits of its fingerprint', presence: 'required' }, GUN],
      options: [
        { flags: '--to <key>', what: 'a key of this machine in its place' },
        { flags: '--threshold <role=number>', what: 'how many must sign this role from now on; may be repeated', repeats: true },
        { flags: '--include-root', what: 'change the root too' },
        { flags: '--dry-run', what: 'show who may sign before and after, and change nothing' },
        ...SERVER_OPTIONS,
        ...PIN_OPTIONS,
        ...SECRET_OPTIONS,
      ],
      examples: [{ line: 'countersign key revoke 3f9a1c registry.example.com/team/app --dry-run', what: 'before and after' }],
      load: async () => (await import('../commands/key-revoke.ts')).keyRevoke,
    },
    {
      name: 'remove',
      summary: 'forget a key of this machine for good',
      arguments: [KEY],
      options: [],
      examples: [{ line: 'countersign key remove 3f9a1c --yes', what: 'by the first digits of its fingerprint' }],
      load: async () => (await import('../commands/key-remove.ts')).keyRemove,
    },
  ],
};
