// The commands that believe nothing without proof: they read and verify.
import { COLLECTION, GUN, IMAGE, TOOL_OPTIONS, TRUST_OPTIONS } from './options.ts';
import type { CommandSpec } from './spec.ts';
import { verifySpec } from './verify.ts';

export const readingCommands: readonly CommandSpec[] = [
  verifySpec,
  {
    name: 'pull',
    summary: 'verify an image, pull what was verified, and tag it',
    about: 'Pulls by digest, so that nothing can change between the check and the pull. skopeo needs a destination: --to.',
    arguments: [IMAGE],
    options: [
      ...TOOL_OPTIONS,
      { flags: '--to <destination>', what: 'the destination for skopeo copy' },
      { flags: '--as <gun>', what: 'the name under which the publisher signed, when the image comes from a mirror' },
      ...TRUST_OPTIONS,
    ],
    examples: [{ line: 'countersign pull registry.example.com/team/app:v1', what: 'with docker, podman or skopeo' }],
    load: async () => (await import('../commands/pull.ts')).pullCommand,
  },
  {
    name: 'list',
    summary: 'what is signed in a repository',
    arguments: [GUN],
    options: TRUST_OPTIONS,
    examples: [{ line: 'countersign list registry.example.com/team/app', what: 'name, digest, length, role' }],
    load: async () => (await import('../commands/list.ts')).listCommand,
  },
  {
    name: 'inspect',
    summary: 'who may sign what, who did, and until when it holds',
    arguments: [{ name: 'name', what: 'IMAGE:TAG, GUN:NAME, or a repository', presence: 'required' }],
    options: [COLLECTION, ...TRUST_OPTIONS],
    examples: [{ line: 'countersign inspect registry.example.com/team/app:v1', what: 'one tag, and the roles above it' }],
    load: async () => (await import('../commands/inspect.ts')).inspectCommand,
  },
  {
    name: 'history',
    summary: 'the publish record of a repository, checked link by link',
    arguments: [GUN],
    options: [{ flags: '--limit <number>', what: 'show at most this many, the newest' }, ...TRUST_OPTIONS],
    examples: [{ line: 'countersign history registry.example.com/team/app', what: 'what was published when, and by which keys' }],
    load: async () => (await import('../commands/history.ts')).historyCommand,
  },
  {
    name: 'status',
    summary: 'what expires when, and who can renew it, in every repository this machine knows',
    about:
      'Shows each role with its expiry, the day from which it should be renewed, and whose keys can do that. Without a repository, all that ' +
      'are pinned or were seen here. Ends with status 13 when something is past its day, so that a timer can run it. A repository that ' +
      'cannot be read is shown as such, with what was seen last.',
    arguments: [{ name: 'gun', what: 'repositories; without one, all that this machine knows', presence: 'optional', repeats: true }],
    options: [{ flags: '--warn-days <number>', what: 'days before the expiry of what people sign; without it, 30' }, ...TRUST_OPTIONS],
    examples: [
      { line: 'countersign status', what: 'everything, once a day' },
      { line: 'countersign status registry.example.com/team/app --warn-days 60', what: 'one repository, and earlier' },
    ],
    load: async () => (await import('../commands/status.ts')).statusCommand,
  },
];
