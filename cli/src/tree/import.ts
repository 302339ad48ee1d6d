// The commands that bring what people have from Notary v1 and Docker Content Trust.
import { ADDRESS_OPTIONS, NEW_SECRET_OPTIONS, SECRET_OPTIONS } from './options.ts';
import type { GroupSpec } from './spec.ts';

export const importGroup: GroupSpec = {
  name: 'import',
  summary: 'bring repositories and keys from Notary v1 and docker trust',
  commands: [
    {
      name: 'notary',
      summary: 'repositories of an old server, every version as it stands',
      about:
        'Reads an old server, which may go on working, and changes nothing there. Shows what it found and asks once; a journal in the state folder ' +
        'is written before and after each repository, and the same command again goes on after a crash, taking nothing twice. Every first root ' +
        "needs its owner's pin, from --pins or from this machine, unless --unsafe-trust-first-roots takes the old server's word for those without. " +
        'With --archive, repositories are copied into a folder with what a new reader thinks of them; --from names that folder later. ' +
        "An old server is asked with docker's credentials for its host, or with NOTARY_AUTH.",
      arguments: [
        { name: 'gun', what: 'a repository; from an archive, all of it unless some are named', presence: 'optional', repeats: true },
      ],
      options: [
        { flags: '--from <place>', what: 'URL of the old server, or the folder of an archive' },
        { flags: '--file <file>', what: 'a file with the name of a repository in each line', takes: 'file' },
        { flags: '--pins <file>', what: 'what owners say: a line for each, NAME sha256:HEX@N', takes: 'file' },
        { flags: '--unsafe-trust-first-roots', what: "take the old server's word for roots that no pin speaks of" },
        { flags: '--archive <folder>', what: 'copy into this folder, and into no server', takes: 'folder' },
        { flags: '--dry-run', what: 'show what would be taken, and change nothing' },
        ...ADDRESS_OPTIONS,
      ],
      examples: [
        {
          line: 'countersign import notary --from https://notary.example.com registry.example.com/team/app --pins pins.txt',
          what: 'one repository',
        },
        {
          line: 'countersign import notary --from https://notary.example.com --archive old --file names.txt',
          what: 'before it is switched off',
        },
        { line: 'countersign import notary --from old --pins pins.txt --yes', what: 'all that was archived' },
      ],
      load: async () => (await import('../commands/import-notary.ts')).importNotary,
    },
    {
      name: 'docker-trust',
      summary: 'keys and memory of a machine that used docker trust or notary',
      about:
        'Takes the private keys of the folder into the key folder, each with its passphrase or with another one, and what it remembers of ' +
        'repositories as pins and as memory against rollbacks. The folder itself is not changed. What is here already stays as it is.',
      arguments: [{ name: 'folder', what: 'a trust folder: ~/.docker/trust, or ~/.notary', presence: 'required' }],
      options: [...SECRET_OPTIONS, ...NEW_SECRET_OPTIONS],
      examples: [{ line: 'countersign import docker-trust ~/.docker/trust', what: 'asks for each passphrase that no variable says' }],
      load: async () => (await import('../commands/import-docker-trust.ts')).importDockerTrust,
    },
  ],
};
