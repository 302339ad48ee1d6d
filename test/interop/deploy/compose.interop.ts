// The compose file by the schema of `docker compose`, and its two programs of ours started by their command lines beside Debian's
// PostgreSQL.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { newIdentity, pemKey } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ask, type StandIn, type Started, standIn, startAsWritten } from '../../deploy/stand-in.ts';
import { PROGRAM, runCommand } from '../../lab/countersign.ts';
import { findPostgres, type Installation, install } from '../../lab/debian-postgres.ts';
import { ours, toolsWith } from './tools.ts';

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly command: readonly string[]; readonly environment?: Readonly<Record<string, string>> }>
  >;
}
const text = await readFile(ours('deploy/docker/compose.yaml'), 'utf8');
const compose: Compose = parse(text, { merge: true });
const schema = toolsWith('compose-spec.json', 'node_modules/ajv');
const postgres = await findPostgres();

const life = { from: (Date.now() - 86_400_000) as Instant, until: (Date.now() + 86_400_000) as Instant };
const server = newIdentity({ name: 'localhost', hosts: ['localhost'], ...life });
const authority = newIdentity({ name: 'trust servers', ca: true, ...life });
const caller = newIdentity({ name: 'trust-1', issuer: authority, ...life });

it.skipIf('missing' in schema)(`is a compose file${'missing' in schema ? `: ${schema.missing}` : ''}`, async () => {
  const folder = 'folder' in schema ? schema.folder : '';
  const { default: Ajv2020 } = createRequire(join(folder, 'package.json'))('ajv/dist/2020');
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
    JSON.parse(await readFile(join(folder, 'compose-spec.json'), 'utf8')),
  );
  validate(parse(text, { merge: true }));
  expect(validate.errors).toBeNull();
  expect(validate(parse(text.replace('read_only', 'readonly'), { merge: true }))).toBe(false);
});

describe.skipIf('reason' in postgres)(`the containers of the compose file${'reason' in postgres ? `: ${postgres.reason}` : ''}`, () => {
  let machine: StandIn;
  let database: Installation;
  const running: Started[] = [];
  beforeAll(async () => {
    machine = await standIn();
    database = await install('bin' in postgres ? postgres.bin : '');
  });
  afterAll(async () => {
    for (const { stop } of running) await stop('SIGKILL');
    await database?.remove();
    await machine?.remove();
  });

  /** As the image's entry point starts it; `more` is what names of other containers come to here. */
  const start = async (name: string, more: Readonly<Record<string, string>> = {}): Promise<Started> => {
    const { command = [], environment = {} } = compose.services[name] ?? {};
    const env = Object.entries(environment).map(([key, value]) => [key, machine.here(value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1'))]);
    const started = await startAsWritten(
      ['countersign', ...command.map(machine.here)],
      { ...Object.fromEntries(env), ...more },
      machine.at('/'),
    );
    running.push(started);
    return started;
  };
  const health = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> =>
    (await runCommand(process.execPath, [ours('deploy/docker/health.mjs'), ...args], env)).exit;

  it('publish together, each asks the next as the file says, their health checks tell, and they end when asked to', async () => {
    const { port } = await database.primary();
    const token = 'of-somebody-who-publishes';
    const sha256 = createHash('sha256').update(token).digest('hex');
    const secrets = {
      'store-url': `postgres://postgres@127.0.0.1:${port}/postgres\n`,
      'access.json': JSON.stringify([{ name: 'ci', sha256, guns: ['**'], actions: ['pull', 'push'] }]),
      'tls.crt': server.pem,
      'tls.key': pemKey(server),
      'signer.crt': server.pem,
      'signer.key': pemKey(server),
      'callers.crt': authority.pem,
      'trust-1.crt': caller.pem,
      'trust-1.key': pemKey(caller),
      passphrase: 'correct horse battery staple\n',
    };
    for (const [name, content] of Object.entries(secrets)) await machine.write(`/run/secrets/${name}`, content);
    for (const folder of ['countersign', 'countersign-marks']) await machine.folder(`/var/lib/${folder}`);
    await machine.write('/etc/countersign/serve.json', machine.here(await readFile(ours('deploy/docker/serve.json'), 'utf8')));

    const signer = await start('signer');
    const { port: signing } = new URL(signer.url);
    expect(await health(['--port', signing])).toBe(0);
    const trust = await start('trust', { COUNTERSIGN_SERVE_SIGNER: `https://localhost:${signing}` });
    const { host } = new URL(trust.url);
    const asked = { COUNTERSIGN_SERVE_LISTEN: host, COUNTERSIGN_SERVE_TLS_CERT: machine.at('/run/secrets/tls.crt') };
    expect(await health([machine.at('/etc/countersign/serve.json')], asked)).toBe(0);
    expect(await ask(`${trust.url}/readyz`, { ca: server.pem, servername: 'localhost' })).toMatchObject({ status: 200 });
    const person = { COUNTERSIGN_TOKEN: token, COUNTERSIGN_PASSPHRASE: 'mine', COUNTERSIGN_TRUST_DIR: machine.at('publisher') };
    const words = [
      'init',
      'registry.example.com/team/app',
      '--server',
      `https://localhost:${new URL(trust.url).port}`,
      '--ca-file',
      machine.at('/run/secrets/tls.crt'),
    ];
    const published = await runCommand(process.execPath, [PROGRAM, ...words], { PATH: process.env['PATH'], ...person });
    expect(published, published.stderr).toMatchObject({ exit: 0 });

    expect(await trust.stop('SIGTERM')).toMatchObject({ exit: 0 });
    const ended = await signer.stop('SIGTERM');
    expect(ended).toMatchObject({ exit: 0, said: expect.stringMatching(/"caller":"CN=trust-1".*"msg":"signed"/) });
    expect(await health([machine.at('/etc/countersign/serve.json')], asked)).toBe(1);
    expect(await health(['--port', signing])).toBe(1);
  });
});
