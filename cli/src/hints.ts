// What to do next, for every error code. Complete by type, as exit-codes.ts. No hint ever proposes to loosen the check that
// failed: after a refusal the right next step is to find out, not to look away.
import type { Families, Family } from './exit-codes.ts';

const ask = 'do not use it; ask its publisher, and compare what they say with this message';
const again = 'try again; if it stays, ask whoever runs that server';
const report = 'keep this message and what you did, and report it: this should not happen';

export const HINTS: { readonly [Name in Family]: Readonly<Record<Families[Name], string>> } = {
  FormatError: {
    malformed: 'if the bytes came from a server, ask whoever runs it; if from a file, restore that file',
    'too-large': 'ask whoever runs the server why it sends so much: the limit protects this machine',
    'invalid-name': 'correct the name',
  },
  TrustError: {
    signature: ask,
    expired:
      'ask its publisher to run countersign renew REPOSITORY, or, for timestamp and snapshot, whoever runs the trust server; check the clock of this machine with: date -u',
    clock: 'set the clock of this machine (date -u shows it), then run the command again',
    rollback: 'do not use it; ask whoever runs the trust server whether it was restored from an old copy',
    mismatch: 'do not use it; ask the publisher which digest they signed: countersign list REPOSITORY',
    'untrusted-root':
      'ask the publisher for the root pin over a channel you trust, then: countersign trust pin REPOSITORY sha256:HEX@N (in CI: COUNTERSIGN_ROOT_PIN)',
    'wrong-repository': ask,
    equivocation: 'do not use it; keep the state folder as evidence, and ask another machine what it sees: countersign history REPOSITORY',
    missing: 'check the name; this machine knows the repository, so a trust server without it is wrong or incomplete: ask whoever runs it',
    unsigned: 'ask the publisher to sign it; what is signed: countersign list REPOSITORY',
    revoked: 'use another version; its publisher withdrew this one: countersign list REPOSITORY',
    'wrong-kind': 'name what was signed: an image by IMAGE:TAG, a file by NAME:PATH with --file',
    policy: 'ask whoever keeps the policy file of this machine; countersign env shows where it is',
    limit: 'run the command again to go on; if it stays, ask the publisher',
  },
  ReviewError: {
    conflict: 'run the command again: it starts from what was published meanwhile',
    'wrong-version': 'run the command again: it starts from what was published meanwhile',
    'refused-upload': again,
    'unknown-role': 'countersign inspect REPOSITORY shows the roles there are',
    'impossible-role': 'name enough usable keys for the threshold',
    'unsafe-name': 'choose a name of plain letters, digits, dots, hyphens and underscores',
    'server-key': again,
    'orphaned-role': 'sign the roles that the message names with their new keys in the same step',
    'foreign-metadata': 'publish to the repository that this metadata was made for',
    'other-draft': 'look at the draft that waits and sign it, or have it withdrawn: countersign root status REPOSITORY',
    'needs-old-root': 'use the old root key, or ask an administrator of the trust server',
  },
  FetchError: {
    unreachable: 'check the address and the network; countersign env shows which trust server is in force',
    timeout: again,
    'too-large': again,
    'refused-redirect': 'name the address that finally answers; ask whoever runs that server',
    'refused-address': 'check the address; ask whoever runs that server why it points there',
    'plain-http': 'use https; --ca-file names the certificate authority of a private server',
    'bad-reply': again,
    interrupted: 'run the command again when you are ready',
  },
  RegistryError: {
    'not-found': 'check the name and the tag; a private registry may hide what it has until you log in: docker login HOST',
    auth: 'log in: docker login HOST, or podman login, or skopeo login',
    'bad-realm': 'ask whoever runs the registry; realms in config.json lists token servers that may see its credentials',
    'bad-credentials': 'log in again, or run the credential helper by hand to see what it says',
    mismatch: 'do not use it; ask whoever runs the registry',
    'bad-reply': again,
    unreachable: again,
  },
  StateError: {
    'damaged-state':
      'restore the file from its backup; only when you know why it is damaged: countersign trust forget REPOSITORY, then pin anew',
    'unsafe-state': 'make the folder yours alone with: chmod 700 FOLDER, and think about who may have changed it',
    'unwritable-state': 'check who owns the state folder, and whether the disk is full or read-only; --trust-dir names another',
    'conflicting-pin': 'ask the publisher which one is right; if theirs changed for a reason you know: countersign trust forget REPOSITORY',
  },
  ServerError: {
    auth: 'set COUNTERSIGN_TOKEN to a token that may do this, or ask whoever runs the trust server for one',
    unavailable: again,
    offline: 'run it once with a connection, or unset COUNTERSIGN_OFFLINE',
  },
  PublishError: {
    conflict: 'run the command again: it starts from what was published meanwhile',
    refused: 'read why the server refused; countersign inspect REPOSITORY shows what stands',
    'missing-keys': 'import the keys named, or ask their holders: countersign key import FILE',
    exists: 'sign into it; or, if it is not yours, choose another name',
    'unknown-role': 'countersign inspect REPOSITORY shows the roles there are',
    shadowed: 'choose a name or a role that fits: countersign inspect REPOSITORY shows who may sign what, in the order of the search',
    'known-signer': 'see who is there: countersign signer list --repo REPOSITORY; another key of theirs: countersign key rotate',
    'unknown-signer': 'see who is there: countersign signer list --repo REPOSITORY',
    'impossible-threshold':
      'name a threshold that those who are there can meet, or add others before: countersign signer list --repo REPOSITORY; for a key that goes, --to KEY names another in its place',
  },
  KeyError: {
    'wrong-passphrase': 'try again with the passphrase of this key',
    truncated: 'restore the file from its backup',
    damaged: 'restore the file from its backup',
    'unknown-schema': 'use the version of countersign that wrote the file, or restore it from its backup',
    exists: 'choose another name, or move what is there',
    'not-found': 'check the path; countersign key list shows the keys of this machine',
    unreadable: 'check who owns the file and its folder, and whether the disk is full or read-only',
    unsupported: 'use an Ed25519 or P-256 key; countersign key generate makes one',
    'open-permissions': 'close the file to others with: chmod 600 FILE, and think about who may have read it',
  },
  StoreError: {
    conflict: 'run the command again',
    claimed: 'publish to the repository that this metadata was made for',
    version: 'run the command again',
    invalid: report,
    locked: 'stop the other server that uses this data folder, or name another with --data',
    unavailable: 'check who owns the data folder, and whether the disk is full or read-only, then start again',
    failed: 'start the server again',
    damaged: 'restore the data folder from its backup',
    schema: 'use the version of countersign that made the data folder',
    closed: report,
  },
  StartError: {
    'invalid-config': 'correct the option or the member that the message names; countersign help serve lists them',
    'unsafe-listen': 'name an access file with --access; docs/reference/cli.md shows its form',
    'cannot-listen': 'stop what uses the address, or choose another with --listen',
    'wrong-master-key': 'bring back the master.key that belongs to this data folder, from its backup',
    'missing-marks': 'bring the high-water file back; without it this server cannot know what it signed before',
    'damaged-marks': 'restore the high-water file from its backup',
  },
  UsageError: {
    'bad-arguments': 'see what it takes: HELP',
    'missing-secret': 'set COUNTERSIGN_PASSPHRASE_FILE, or give --passphrase-file or --passphrase-fd',
    'no-server': 'give --server URL, or set COUNTERSIGN_SERVER',
    'no-folder': 'set HOME, or give --trust-dir',
    'bad-config': 'correct the file that the message names; docs/reference/cli.md shows its members',
  },
  CommandError: {
    declined: 'nothing was changed',
    interrupted: 'run the command again when you are ready',
    'no-key': 'import one of the keys named, or ask one of their holders: countersign key import FILE',
    ambiguous: 'name it in full',
    'not-here': 'check the name',
    'tool-missing': 'install docker, podman or skopeo, or name one with --with',
    'tool-failed': 'read what the tool said above; a push that failed signed nothing',
    record: 'keep the state folder as evidence, and ask another machine what it sees',
    system: 'check who owns the file and its folder, and whether the disk is full or read-only',
  },
};
