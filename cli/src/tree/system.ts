// The server, and the commands about this program itself.
import { ADDRESS_OPTIONS } from './options.ts';
import type { CommandSpec } from './spec.ts';

export const systemCommands: readonly CommandSpec[] = [
  {
    name: 'serve',
    summary: 'run a trust server',
    about:
      'Prints its URL when it is ready. Without --access, callers on loopback may do everything, and it listens nowhere else. ' +
      'Keep the data folder and, away from it, the high-water file: a restored data folder cannot sign what was signed before.',
    arguments: [],
    options: [
      { flags: '--listen <address>', what: 'HOST:PORT; without it, 127.0.0.1:4443' },
      { flags: '--data <dir>', what: 'data folder', takes: 'folder' },
      { flags: '--store <url>', what: 'PostgreSQL database, in place of the store in the data folder; without a password' },
      { flags: '--store-file <file>', what: 'file with that URL, which may hold a password', takes: 'file' },
      { flags: '--high-water <file>', what: 'file outside the data folder that remembers the highest versions', takes: 'file' },
      { flags: '--access <file>', what: 'JSON list of tokens and what they may do', takes: 'file' },
      { flags: '--master-key-file <file>', what: 'the master secret, in place of master.key in the data folder', takes: 'file' },
      { flags: '--signer <url>', what: 'signing service that holds the keys of timestamps and snapshots, in place of this process' },
      { flags: '--signer-certificate <file>', what: 'certificate of this server for it, in PEM', takes: 'file' },
      { flags: '--signer-key <file>', what: 'private key of that certificate, in PEM', takes: 'file' },
      { flags: '--signer-ca <file>', what: 'authorities of the signing service, in PEM: no others are believed', takes: 'file' },
      { flags: '--signer-timeout <duration>', what: 'how long one signature may take: 10s' },
      { flags: '--tls-cert <file>', what: 'certificate chain in PEM', takes: 'file' },
      { flags: '--tls-key <file>', what: 'private key in PEM', takes: 'file' },
      { flags: '--tls-client-ca <file>', what: 'authorities in PEM: who has no certificate of theirs gets no connection', takes: 'file' },
      { flags: '--workers <number>', what: 'processes that serve, where the store is a database' },
      { flags: '--timestamp-expiry <duration>', what: 'life of a timestamp: 3d, 12h, 30m' },
      { flags: '--snapshot-expiry <duration>', what: 'life of a snapshot: 14d' },
      { flags: '--allow-host <host>', what: 'a name by which it may be asked for', repeats: true },
      { flags: '--metrics-listen <address>', what: 'address and port of this machine where Prometheus reads /metrics' },
      { flags: '--log <level>', what: 'what is logged on stderr', choices: ['silent', 'error', 'warn', 'info', 'debug'] },
      { flags: '--unsafe-new-high-water', what: 'take a data folder without its high-water file for what it is' },
      { flags: '--unsafe-open', what: 'without --access, let other machines do everything too' },
      { flags: '--config <file>', what: 'these options as JSON', takes: 'file' },
      { flags: '--notary-config <file>', what: 'the JSON configuration of a notary-server', takes: 'file' },
    ],
    examples: [{ line: 'countersign serve --listen 127.0.0.1:4443 --data ./trust-data', what: 'a server for this machine' }],
    stops: 'by-itself',
    load: async () => (await import('../commands/serve.ts')).serveCommand,
  },
  {
    name: 'doctor',
    summary: 'check a trust server, and name the remedy for what is wrong',
    about:
      'From outside: reachable, its certificate and clock, ready, closed to strangers, what runs out soon. With --data, on the machine of the server: who may read its folder and its master key. Who may read the file of COUNTERSIGN_PASSPHRASE_FILE. Status 1 when something is wrong.',
    arguments: [],
    options: [...ADDRESS_OPTIONS, { flags: '--data <dir>', what: 'data folder of a server on this machine', takes: 'folder' }],
    examples: [{ line: 'countersign doctor --server https://trust.example.com', what: 'as its callers meet it' }],
    load: async () => (await import('../commands/doctor.ts')).doctorCommand,
  },
  {
    name: 'env',
    summary: 'every variable it reads, with the value in force, and its folders',
    arguments: [],
    options: [],
    examples: [{ line: 'countersign env', what: 'secrets are not shown' }],
    load: async () => (await import('../commands/env.ts')).envCommand,
  },
  {
    name: 'completion',
    summary: 'completion script for a shell',
    arguments: [{ name: 'shell', what: 'which shell', presence: 'required', choices: ['bash', 'zsh', 'fish'] }],
    options: [],
    examples: [{ line: 'source <(countersign completion bash)', what: 'for this shell' }],
    load: async () => (await import('../commands/completion.ts')).completionCommand,
  },
];
