// Options that several commands share.
import { type ArgumentSpec, type OptionSpec, optionName } from './spec.ts';

/** Every command has these; they may also stand before its name. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--output <format>', what: 'text or json', choices: ['text', 'json'] },
  { flags: '--trust-dir <dir>', what: 'one folder for configuration, keys, state and cache', takes: 'folder' },
  { flags: '--yes', what: 'answer yes to confirmations' },
];

/** The names of those. */
export const GLOBALS: ReadonlySet<string> = new Set(GLOBAL_OPTIONS.map(({ flags }) => optionName(flags)));

/** Where the server is, for commands about more than one repository. */
export const ADDRESS_OPTIONS: readonly OptionSpec[] = [
  { flags: '--server <url>', what: 'trust server' },
  { flags: '--ca-file <file>', what: 'PEM certificates to trust beside those of the system', takes: 'file' },
  { flags: '--unsafe-plain-http', what: 'let http without TLS leave this machine' },
];

export const DIALECT: OptionSpec = {
  flags: '--dialect <format>',
  what: 'the format of the repository: tuf, unless something says notary',
  choices: ['tuf', 'notary'],
};

export const SERVER_OPTIONS: readonly OptionSpec[] = [...ADDRESS_OPTIONS, DIALECT];

export const PIN_OPTIONS: readonly OptionSpec[] = [
  { flags: '--root-pin <pin>', what: 'root to believe for this repository: sha256:HEX@N' },
  { flags: '--unsafe-first-use', what: 'without a pin, believe whatever root the server shows first' },
];

/** For whoever reads a repository. */
export const TRUST_OPTIONS: readonly OptionSpec[] = [...SERVER_OPTIONS, ...PIN_OPTIONS];

export const SECRET_OPTIONS: readonly OptionSpec[] = [
  { flags: '--passphrase-file <file>', what: 'file whose first line is the passphrase', takes: 'file' },
  { flags: '--passphrase-fd <number>', what: 'file descriptor whose first line is the passphrase' },
];

export const NEW_SECRET_OPTIONS: readonly OptionSpec[] = [
  { flags: '--new-passphrase-file <file>', what: 'the same for the new passphrase', takes: 'file' },
  { flags: '--new-passphrase-fd <number>', what: 'the same for the new passphrase' },
];

export const TOOL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--with <tool>',
    what: 'docker, podman or skopeo; without it, the first that is found',
    choices: ['docker', 'podman', 'skopeo'],
  },
];

export const COLLECTION: OptionSpec = {
  flags: '--collection',
  what: 'a name without a host is a collection as it is written, not an image of docker.io',
};

export const GUN: ArgumentSpec = { name: 'gun', what: 'a repository: registry.example.com/team/app', presence: 'required' };
export const IMAGE: ArgumentSpec = { name: 'image', what: 'IMAGE[:TAG][@DIGEST]', presence: 'required' };
