// The compose file by the schema of `docker compose`, and its two programs of ours started by their command lines, the trust server beside
// Debian's PostgreSQL.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { newIdentity, pemKey } from '@countersign/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ask, type StandIn, type Started, standIn, startAsWritten } from '../../deploy/stand-in.ts';
import { runCommand } from '../../lab/countersign.ts';
import { findPostgres, install } from '../../lab/debian-postgres.ts';
import { ours, toolsWith } from './tools.ts';

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly command: readonly string[]; readonly environment?: Readonly<Record<string, string>> }>
  >;
}
const text = await readFile(ours('deploy/docker/compose.yaml'), 'utf8');
const compose: Compose = parse(text, { merge: true });
const schema = toolsWith('compose-spec.json');
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

describe('a container of the compose file', () => {
  let machine: StandIn;
  let running: Started | undefined;
  beforeEach(async () => {
    machine = await standIn();
    for (const folder of ['countersign', 'countersign-marks']) await machine.folder(`/var/lib/${folder}`);
  });
  afterEach(async () => {
    await running?.stop('SIGKILL');
    running = undefined;
    await machine.remove();
  });
  /** As the image's entry point starts it. */
  const start = async (name: string): Promise<Started> => {
    const { command = [], environment = {} } = compose.services[name] ?? {};
    const env = Object.entries(environment).map(([key, value]) => [key, machine.here(value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1'))]);
    running = await startAsWritten(['countersign', ...command.map(machine.here)], Object.fromEntries(env), machine.at('/'));
    return running;
  };

  it.skipIf('reason' in postgres)(
    `trust is ready beside its database, and its health check says so${'reason' in postgres ? `: ${postgres.reason}` : ''}`,
    async () => {
      const database = await install('bin' in postgres ? postgres.bin : '');
      try {
        const { port } = await database.primary();
        await machine.write('/run/secrets/store-url', `postgres://postgres@127.0.0.1:${port}/postgres\n`);
        await machine.write('/run/secrets/access.json', '[]');
        await machine.write('/run/secrets/tls.crt', server.pem);
        await machine.write('/run/secrets/tls.key', pemKey(server));
        await machine.write('/etc/countersign/serve.json', machine.here(await readFile(ours('deploy/docker/serve.json'), 'utf8')));
        const { url, stop } = await start('trust');
        expect(await ask(`${url}/readyz`, { ca: server.pem, servername: 'localhost' })).toMatchObject({ status: 200 });
        const { host } = new URL(url);
        const health = () =>
          runCommand(process.execPath, [ours('deploy/docker/health.mjs'), machine.at('/etc/countersign/serve.json')], {
            COUNTERSIGN_SERVE_LISTEN: host,
            COUNTERSIGN_SERVE_TLS_CERT: machine.at('/run/secrets/tls.crt'),
          });
        expect(await health()).toMatchObject({ exit: 0 });
        expect(await stop('SIGTERM')).toMatchObject({ exit: 0 });
        running = undefined;
        expect(await health()).toMatchObject({ exit: 1 });
      } finally {
        await database.remove();
      }
    },
  );

  it('signer answers who has a certificate of the trust servers, and its health check needs none', async () => {
    await machine.write('/run/secrets/signer.crt', server.pem);
    await machine.write('/run/secrets/signer.key', pemKey(server));
    await machine.write('/run/secrets/callers.crt', authority.pem);
    await machine.write('/run/secrets/passphrase', 'correct horse battery staple\n');
    const { url, stop } = await start('signer');
    const known = { ca: server.pem, servername: 'localhost', cert: caller.pem, key: pemKey(caller) };
    expect(await ask(`${url}/livez`, known)).toMatchObject({ status: 200 });
    const health = () => runCommand(process.execPath, [ours('deploy/docker/health.mjs'), '--port', new URL(url).port]);
    expect(await health()).toMatchObject({ exit: 0 });
    expect(await stop('SIGTERM')).toMatchObject({ exit: 0 });
    running = undefined;
    expect(await health()).toMatchObject({ exit: 1 });
  });
});
