// The commands about who may sign.
import { COLLECTION, SECRET_OPTIONS, TRUST_OPTIONS } from './options.ts';
import type { ArgumentSpec, GroupSpec, OptionSpec } from './spec.ts';

const SIGNER: ArgumentSpec = { name: 'signer', what: 'a person or a machine: alice, ci', presence: 'required' };
const REPO: OptionSpec = { flags: '--repo <gun>', what: 'the repository: registry.example.com/team/app' };

export const signerGroup: GroupSpec = {
  name: 'signer',
  summary: 'people and machines that may sign, by name',
  commands: [
    {
      name: 'add',
      summary: 'let somebody sign',
      about:
        'Without --team they sign alone, in a role that is called as they are. With it their key is one of a team, of which --threshold must ' +
        'sign together. New roles go behind the others, releases among them, so that nothing is taken from anybody: a tag that an earlier ' +
        'role signs hides that of a later one. --before releases lets them go first, and --only ends the search with them. It takes the ' +
        'targets key, and the new keys only where something was signed before.',
      arguments: [SIGNER],
      options: [
        REPO,
        {
          flags: '--key <key>',
          what: 'their public key: a file in PEM or of OpenSSH, an OpenSSH line, a key file, or a key of this machine; not for names that are known',
        },
        { flags: '--team <role>', what: 'the team they join; it is made where there is none' },
        { flags: '--threshold <number>', what: 'how many of the team must sign; without it, as many as before, or one' },
        { flags: '--paths <pattern>', what: 'which tags they may sign: v*; without it, as before, or all', repeats: true },
        { flags: '--before <role>', what: 'the role that they come before in a search' },
        { flags: '--only', what: 'what they may sign, no role behind them may' },
        ...TRUST_OPTIONS,
        ...SECRET_OPTIONS,
      ],
      examples: [
        { line: 'countersign signer add ci --repo registry.example.com/team/app --key ci.pub', what: 'a build that signs every tag' },
        {
          line: "countersign signer add bob --repo registry.example.com/team/app --key bob.pub --team release --threshold 2 --paths 'v*' --before releases --only",
          what: 'from now on it takes two of the team for v1, v2, …',
        },
      ],
      load: async () => (await import('../commands/signer-add.ts')).signerAdd,
    },
    {
      name: 'list',
      summary: 'who may sign, and whose word counts first',
      about: 'With a tag, who may sign that, in the order in which every client asks, and who hides whom.',
      arguments: [{ name: 'name', what: 'IMAGE:TAG, GUN:NAME, or a repository', presence: 'optional' }],
      options: [REPO, { flags: '--tag <name>', what: 'who may sign this' }, COLLECTION, ...TRUST_OPTIONS],
      examples: [
        { line: 'countersign signer list --repo registry.example.com/team/app', what: 'every signer' },
        { line: 'countersign signer list registry.example.com/team/app:v1', what: 'who can sign this tag?' },
      ],
      load: async () => (await import('../commands/signer-list.ts')).signerList,
    },
    {
      name: 'remove',
      summary: 'somebody signs no longer',
      about:
        'Takes their key out of every role, or of one team. What they alone had signed there is signed anew by those who stay, whose keys must ' +
        'be here. A role whose last signer leaves goes with everything it signed.',
      arguments: [SIGNER],
      options: [
        REPO,
        { flags: '--team <role>', what: 'leave this team only' },
        { flags: '--threshold <number>', what: 'how many of those who stay must sign, where that changes' },
        ...TRUST_OPTIONS,
        ...SECRET_OPTIONS,
      ],
      examples: [{ line: 'countersign signer remove alice --repo registry.example.com/team/app', what: 'from every role' }],
      load: async () => (await import('../commands/signer-remove.ts')).signerRemove,
    },
  ],
};
