// Static mirrors: repositories as plain files behind any web server.
import { TRUST_OPTIONS } from './options.ts';
import type { GroupSpec, OptionSpec } from './spec.ts';

const GUNS = { name: 'gun', what: 'repositories of TUF', presence: 'required', repeats: true } as const;
const OPTIONS: readonly OptionSpec[] = [
  { flags: '--to <dir>', what: 'the folder that is served', takes: 'folder' },
  { flags: '--prune', what: 'remove files of earlier sets; all roots stay, and the set before' },
];

export const mirrorGroup: GroupSpec = {
  name: 'mirror',
  summary: 'repositories as plain files behind any web server',
  commands: [
    {
      name: 'export',
      summary: 'a folder that any web server serves to TUF clients',
      about:
        'Verifies each repository with the pins and the memory of this machine, then every file that a client may ask for, and puts them where ' +
        'they have the same addresses as on the server: v2/NAME/_trust/metadata/. The timestamp comes last, so that a reader sees one set or the ' +
        'next, whole. Cache headers are in _headers and .countersign-mirror/nginx.conf.',
      arguments: [GUNS],
      options: [...OPTIONS, ...TRUST_OPTIONS],
      examples: [{ line: 'countersign mirror export registry.example.com/team/app --to /srv/mirror', what: 'one repository' }],
      load: async () => (await import('../commands/mirror-export.ts')).mirrorExport,
    },
    {
      name: 'sync',
      summary: 'keep such a folder fresh',
      about:
        'Does the same again and again until it is stopped, or --once with the exit status of the first failure. When the server is away the set ' +
        'that stands goes on being served, and the last day before it expires is told.',
      arguments: [GUNS],
      options: [
        ...OPTIONS,
        { flags: '--interval <duration>', what: 'from one round to the next: 90s, 5m, 1h; without it, 5m' },
        { flags: '--once', what: 'one round' },
        ...TRUST_OPTIONS,
      ],
      examples: [{ line: 'countersign mirror sync registry.example.com/team/app --to /srv/mirror --interval 1m', what: 'as a service' }],
      stops: 'by-itself',
      load: async () => (await import('../commands/mirror-sync.ts')).mirrorSync,
    },
  ],
};
