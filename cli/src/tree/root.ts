// The commands of a root ceremony: keys that never meet, and a root that they sign one after the other.
import { GUN, SECRET_OPTIONS, TRUST_OPTIONS } from './options.ts';
import type { GroupSpec, OptionSpec } from './spec.ts';

const FILES: OptionSpec = { flags: '--file <file>', what: 'the proposal, where it travels as a file', repeats: true, takes: 'file' };
const KEYS: OptionSpec = { flags: '--key <key>', what: 'sign with this key of this machine, not with all that may', repeats: true };

export const rootGroup: GroupSpec = {
  name: 'root',
  summary: 'key ceremonies: who holds the root, signed by people who never meet',
  commands: [
    {
      name: 'status',
      summary: 'who holds root and targets, what a lost key would cost, and what waits for signatures',
      arguments: [GUN],
      options: TRUST_OPTIONS,
      examples: [{ line: 'countersign root status registry.example.com/team/app', what: 'who must still sign' }],
      load: async () => (await import('../commands/root-status.ts')).rootStatus,
    },
    {
      name: 'propose',
      summary: 'propose other keys, another threshold or another expiry, and sign it with the keys that are here',
      about:
        'The proposal waits at the trust server for the others, 14 days; with --to it is written to a file instead. PUB is a public key: ' +
        'a file (PEM, OpenSSH, or a key file), or a key of this machine.',
      arguments: [GUN],
      options: [
        { flags: '--add-key <pub>', what: 'a public key that may sign from now on', repeats: true },
        { flags: '--remove-key <key>', what: 'a key that may not: the first digits of its fingerprint', repeats: true },
        { flags: '--replace <key=pub>', what: 'another key in place of one', repeats: true },
        { flags: '--threshold <number>', what: 'how many of the keys must sign' },
        { flags: '--role <role>', what: 'whose keys: root unless given', choices: ['root', 'targets'] },
        { flags: '--expires <time>', what: 'until when the root is good: 2030-01-31T00:00:00Z; two years unless given' },
        { flags: '--to <file>', what: 'write the proposal to a new file, and tell the server nothing', takes: 'file' },
        KEYS,
        ...TRUST_OPTIONS,
        ...SECRET_OPTIONS,
      ],
      examples: [
        {
          line: 'countersign root propose registry.example.com/team/app --add-key bob.pub --add-key carol.pub --threshold 2',
          what: 'two of three from now on',
        },
        { line: 'countersign root propose registry.example.com/team/app --replace 3f9a1c=bob-new.pub', what: 'after bob lost his key' },
      ],
      load: async () => (await import('../commands/root-propose.ts')).rootPropose,
    },
    {
      name: 'sign',
      summary: 'look at what a proposal changes, and sign it',
      about: 'What is shown is computed from the repository as this machine verified it, never from what the server or the file says.',
      arguments: [GUN],
      options: [
        FILES,
        { flags: '--to <file>', what: 'write the signed proposal to a new file; without it, over the one it came from', takes: 'file' },
        KEYS,
        ...TRUST_OPTIONS,
        ...SECRET_OPTIONS,
      ],
      examples: [
        { line: 'countersign root sign registry.example.com/team/app', what: 'what waits at the server' },
        { line: 'countersign root sign registry.example.com/team/app --file next-root.json', what: 'what came by other ways' },
      ],
      load: async () => (await import('../commands/root-sign.ts')).rootSign,
    },
    {
      name: 'publish',
      summary: 'publish a proposal that enough of the old and of the new keys have signed',
      about: 'Several --file that were signed apart have their signatures put together.',
      arguments: [GUN],
      options: [FILES, ...TRUST_OPTIONS],
      examples: [{ line: 'countersign root publish registry.example.com/team/app', what: 'the end of a ceremony' }],
      load: async () => (await import('../commands/root-publish.ts')).rootPublish,
    },
    {
      name: 'withdraw',
      summary: 'take back the proposal that waits at the server',
      arguments: [GUN],
      options: TRUST_OPTIONS,
      examples: [{ line: 'countersign root withdraw registry.example.com/team/app --yes', what: 'before another is proposed' }],
      load: async () => (await import('../commands/root-withdraw.ts')).rootWithdraw,
    },
  ],
};
