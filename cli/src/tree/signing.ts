// The commands that publish.
import { COLLECTION, GUN, PIN_OPTIONS, SECRET_OPTIONS, SERVER_OPTIONS, TOOL_OPTIONS } from './options.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';

const AS: OptionSpec = { flags: '--as <role>', what: 'the role to sign in; without it, the first whose keys are here' };
const KEY: OptionSpec = {
  flags: '--key <key>',
  what: 'a key of this machine to sign with: label, fingerprint, or a key URI',
  repeats: true,
};
const TRUST: readonly OptionSpec[] = [...SERVER_OPTIONS, ...PIN_OPTIONS, ...SECRET_OPTIONS];

export const signingCommands: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'begin a repository: its keys, its first root, and the pin for its consumers',
    about:
      'Makes a root key and a repository key in the key folder, publishes the first root, prints its pin, and pins it on this machine. ' +
      'The root key decides about all others: keep a copy of its file in a safe place, away from this machine.',
    arguments: [GUN],
    options: [
      {
        flags: '--root-key <key>',
        what: 'a key of this machine or a key URI as root key, in place of a new one; or a file with the public key of somebody else',
        repeats: true,
      },
      { flags: '--repository-key <key>', what: 'a key of this machine or a key URI for targets and releases, in place of a new one' },
      { flags: '--threshold <number>', what: 'how many root keys must sign; without it, one' },
      { flags: '--name <gun>', what: 'another name it may be asked for by, such as a mirror', repeats: true },
      { flags: '--path <pattern>', what: 'names of files it may sign beside plain ones: docs/*', repeats: true },
      { flags: '--bins <bits>', what: 'spread the names over 2^bits hash bins, 1 to 10: for tens of thousands of tags' },
      ...SERVER_OPTIONS,
      ...SECRET_OPTIONS,
    ],
    examples: [{ line: 'countersign init registry.example.com/team/app', what: 'prints sha256:…@1, which consumers pin' }],
    load: async () => (await import('../commands/init.ts')).initCommand,
  },
  {
    name: 'sign',
    summary: 'sign an image of a registry, or a file',
    about:
      'An image is looked up at the registry, and what its bytes hash to is signed. Without a terminal the digest must be given: ' +
      'IMAGE:TAG@sha256:…, as the build printed it. A file is named GUN:NAME, with --file, or with --digest and --length. Where more must sign ' +
      'than have their keys here, what is signed waits at the server, and whoever signs the same next completes it.',
    arguments: [{ name: 'name', what: 'IMAGE:TAG[@DIGEST], or GUN:NAME; with --pending, a repository', presence: 'required' }],
    options: [
      { flags: '--file <file>', what: 'the file to sign', takes: 'file' },
      { flags: '--digest <digest>', what: 'sign by digest, without reading anything: sha256:HEX' },
      { flags: '--length <bytes>', what: 'the length that belongs to --digest' },
      AS,
      KEY,
      { flags: '--custom <file>', what: 'JSON to sign along, an object', takes: 'file' },
      { flags: '--pending', what: 'with a repository as name: show and sign what waits for signatures' },
      { flags: '--withdraw', what: 'with --pending: take it back, with the signatures it has' },
      ...TRUST,
    ],
    examples: [
      { line: 'countersign sign registry.example.com/team/app:v1@sha256:…', what: 'in a build' },
      { line: 'countersign sign registry.example.com/team/files:tool.tgz --file tool.tgz', what: 'a file' },
      { line: 'countersign sign registry.example.com/team/app --pending', what: 'what others of the team have signed' },
    ],
    load: async () => (await import('../commands/sign.ts')).signCommand,
  },
  {
    name: 'push',
    summary: 'push an image, then sign what was pushed',
    about:
      'Signs the digest that the tool reported, after comparing it with what the registry serves. When they differ, nothing is signed. ' +
      'skopeo needs to be told what to push: --from containers-storage:NAME, or any other of its sources.',
    arguments: [{ name: 'image', what: 'IMAGE:TAG', presence: 'required' }],
    options: [...TOOL_OPTIONS, { flags: '--from <source>', what: 'the source for skopeo copy' }, AS, KEY, ...TRUST],
    examples: [{ line: 'countersign push registry.example.com/team/app:v1', what: 'with docker, podman or skopeo' }],
    load: async () => (await import('../commands/push.ts')).pushCommand,
  },
  {
    name: 'renew',
    summary: 'sign what expires soon again, with a fresh expiry',
    about:
      'Signs every role again that the keys of this machine can sign: root for two years, targets and the roles below it for one. Nothing ' +
      'else changes. sign, push and revoke renew targets on their way when its key is here and less than 30 days are left; nothing ' +
      'renews the root by itself.',
    arguments: [GUN],
    options: [{ flags: '--role <role>', what: 'this role only: root, targets, releases', repeats: true }, ...TRUST],
    examples: [
      {
        line: 'countersign renew registry.example.com/team/app',
        what: 'once a year, and on the machine that has the root key every other',
      },
      { line: 'countersign renew registry.example.com/team/app --role targets', what: 'without the root key' },
    ],
    load: async () => (await import('../commands/renew.ts')).renewCommand,
  },
  {
    name: 'revoke',
    summary: 'take a tag or a file back, or deny a digest under every tag',
    arguments: [{ name: 'name', what: 'IMAGE:TAG, GUN:NAME, or IMAGE@DIGEST', presence: 'required' }],
    options: [AS, KEY, { flags: '--undo', what: 'with IMAGE@DIGEST: take the denial back' }, COLLECTION, ...TRUST],
    examples: [
      { line: 'countersign revoke registry.example.com/team/app:v1', what: 'the tag is no longer signed' },
      { line: 'countersign revoke registry.example.com/team/app@sha256:…', what: 'verification refuses this digest' },
      { line: 'countersign revoke registry.example.com/team/app@sha256:… --undo', what: 'it was the wrong digest' },
    ],
    load: async () => (await import('../commands/revoke.ts')).revokeCommand,
  },
];
