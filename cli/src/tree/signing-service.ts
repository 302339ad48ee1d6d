// The commands of whoever keeps the keys of timestamps and snapshots away from the trust server.
import { NEW_SECRET_OPTIONS, SECRET_OPTIONS } from './options.ts';
import type { GroupSpec, OptionSpec } from './spec.ts';

const DATA: OptionSpec = { flags: '--data <dir>', what: 'data folder: the encrypted master key, and what was signed', takes: 'folder' };
const COMMAND: OptionSpec = {
  flags: '--passphrase-command <command>',
  what: 'program, with arguments between spaces, that prints the passphrase; no shell reads it',
};
const KEY: OptionSpec = {
  flags: '--passphrase-key <uri>',
  what: 'Ed25519 key on a token, pkcs11:…, that makes the passphrase by a signature, and is for nothing else',
};
const NEW_COMMAND: OptionSpec = { flags: '--new-passphrase-command <command>', what: 'the same for the new passphrase' };
const NEW_KEY: OptionSpec = { flags: '--new-passphrase-key <uri>', what: 'the same for the new passphrase' };

export const signingServiceGroup: GroupSpec = {
  name: 'signing-service',
  summary: 'keep the keys of timestamps and snapshots in a process of their own',
  commands: [
    {
      name: 'serve',
      summary: 'run a signing service',
      about:
        'Prints its URL when it is ready. It judges what it signs: a trust server that was taken over gets no signature for anything that ' +
        'publishers did not sign. The first start makes the master key, encrypted under the passphrase. Never restore its data folder ' +
        'from a backup while a newer one exists: it remembers what was signed.',
      arguments: [],
      options: [
        { flags: '--listen <address>', what: 'HOST:PORT; without it, 127.0.0.1:4444' },
        { flags: '--metrics-listen <address>', what: 'HOST:PORT of this machine where numbers and health are read without a certificate' },
        DATA,
        { flags: '--tls-cert <file>', what: 'certificate chain in PEM', takes: 'file' },
        { flags: '--tls-key <file>', what: 'private key in PEM', takes: 'file' },
        { flags: '--tls-client-ca <file>', what: 'authorities in PEM: who has no certificate of theirs gets no connection', takes: 'file' },
        { flags: '--caller <name>', what: 'common name in the certificate of a trust server', repeats: true },
        { flags: '--administrator <name>', what: 'common name of somebody who may stop keys and let names begin anew', repeats: true },
        { flags: '--timestamp-expiry <duration>', what: 'longest life of a timestamp: 3d, 12h, 30m' },
        { flags: '--snapshot-expiry <duration>', what: 'longest life of a snapshot: 14d' },
        { flags: '--log <level>', what: 'what is logged on stderr', choices: ['error', 'warn', 'info', 'debug'] },
        { flags: '--unsafe-new-memory', what: 'take a master key without its memory for a new one' },
        ...SECRET_OPTIONS,
        COMMAND,
        KEY,
      ],
      examples: [
        {
          line: 'countersign signing-service serve --data ./signer --tls-cert cert.pem --tls-key key.pem --tls-client-ca ca.pem --caller trust-1',
          what: 'for one trust server',
        },
      ],
      stops: 'by-itself',
      load: async () => (await import('../commands/signing-service-serve.ts')).signingServiceServe,
    },
    {
      name: 'take-over',
      summary: 'take over the keys and repositories of a trust server that signed by itself',
      about:
        'Works on the data folder of a service that is stopped. The master secret of the trust server is encrypted there, so no root changes; ' +
        'every repository of the backup is verified from its root down and becomes what later requests are held to. Make the backup when ' +
        'the trust server has stopped: what is published after it would be missing. May be run again: what it knows stays as it is, but for ' +
        'names that an administrator released.',
      arguments: [],
      options: [
        DATA,
        { flags: '--master-key-file <file>', what: 'master.key of the trust server', takes: 'file' },
        { flags: '--backup <path>', what: 'backup of its store: a .tar file, or a folder', takes: 'file' },
        ...SECRET_OPTIONS,
        COMMAND,
        KEY,
      ],
      examples: [
        {
          line: 'countersign signing-service take-over --data ./signer --master-key-file ./server/master.key --backup ./store.tar',
          what: 'before the first start of the service',
        },
      ],
      load: async () => (await import('../commands/signing-service-take-over.ts')).signingServiceTakeOver,
    },
    {
      name: 'rekey',
      summary: 'encrypt the master key under another passphrase',
      about:
        'The keys that follow from it stay what they are, so no root changes. A running service goes on; its next start needs the new one.',
      arguments: [],
      options: [DATA, ...SECRET_OPTIONS, COMMAND, KEY, ...NEW_SECRET_OPTIONS, NEW_COMMAND, NEW_KEY],
      examples: [
        {
          line: 'countersign signing-service rekey --data ./signer --new-passphrase-file new.txt',
          what: 'the old one from the environment',
        },
      ],
      load: async () => (await import('../commands/signing-service-rekey.ts')).signingServiceRekey,
    },
  ],
};
