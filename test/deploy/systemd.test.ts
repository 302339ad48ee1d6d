// The units of systemd without systemd: the command line, variables, credentials and signal that a unit has, with the real program.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Instant } from '@countersign/core';
import { newIdentity, pemKey } from '@countersign/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, type StandIn, type Started, standIn, startAsWritten } from './stand-in.ts';
import { allOf, oneOf, readUnit, readVariables, type Unit, wordsOf } from './unit-file.ts';

const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../../deploy/systemd/${name}`, import.meta.url)), 'utf8');
const trust = readUnit(read('countersign.service'));
const onDatabase = readUnit(read('countersign.service'), read('countersign.service.d/postgresql.conf'));
const withSigner = readUnit(read('countersign.service'), read('countersign.service.d/signer.conf'));
const signer = readUnit(read('countersign-signer.service'));

const life = { from: (Date.now() - 86_400_000) as Instant, until: (Date.now() + 86_400_000) as Instant };
const server = newIdentity({ name: 'trust.example.com', hosts: ['localhost', 'trust.example.com'], ...life });
const authority = newIdentity({ name: 'trust servers', ca: true, ...life });
const caller = newIdentity({ name: 'trust-1', issuer: authority, ...life });

/** Milliseconds of TimeoutStopSec, which ours give in seconds. */
const patience = (unit: Unit): number => Number(oneOf(unit, 'Service.TimeoutStopSec')) * 1000;
const signalOf = (unit: Unit) => oneOf(unit, 'Service.KillSignal') as NodeJS.Signals;

describe.sequential('a unit', () => {
  let machine: StandIn;
  let running: readonly Started[] = [];
  beforeEach(async () => {
    machine = await standIn();
  });
  afterEach(async () => {
    for (const { stop } of running) await stop('SIGKILL');
    running = [];
    await machine.remove();
  });

  /** As systemd starts it: folders made, credentials copied, variables set, the command as it stands. */
  const start = async (name: string, unit: Unit, variables: string): Promise<Started> => {
    for (const folder of oneOf(unit, 'Service.StateDirectory').split(' ')) await machine.folder(`/var/lib/${folder}`);
    const credentials = `/run/credentials/${name}.service`;
    for (const line of allOf(unit, 'Service.LoadCredential')) {
      const [credential = '', from = ''] = line.split(':');
      await machine.write(`${credentials}/${credential}`, readFileSync(machine.at(from), 'utf8'));
    }
    const own = readVariables(machine.here(allOf(unit, 'Service.Environment').join('\n')));
    const env = { ...own, ...readVariables(machine.here(variables)), CREDENTIALS_DIRECTORY: machine.at(credentials) };
    const command = wordsOf(oneOf(unit, 'Service.ExecStart'), env).map((word) => machine.here(word));
    const started = await startAsWritten(command, env, machine.at('/'));
    running = [...running, started];
    return started;
  };

  const prepareTrust = async (): Promise<void> => {
    await machine.write('/etc/countersign/serve.json', machine.here(read('serve.json')));
    await machine.write('/etc/countersign/access.json', '[]');
    await machine.write('/etc/countersign/tls.crt', server.pem);
    await machine.write('/etc/countersign/tls.key', pemKey(server));
  };
  const known = { ca: server.pem, servername: 'trust.example.com' };

  it('countersign.service answers /readyz over TLS, and ends on its KillSignal within TimeoutStopSec', async () => {
    await prepareTrust();
    const { url, stop } = await start('countersign', trust, read('countersign.env'));
    expect(await ask(`${url}/readyz`, known)).toEqual({ status: 200, body: '{"status":"ready"}' });
    const ended = await stop(signalOf(trust));
    expect(ended, ended.said).toMatchObject({ exit: 0, said: expect.stringContaining('stopped') });
    expect(ended.milliseconds).toBeLessThan(patience(trust));
  });

  it('countersign-signer.service answers its caller and nobody else, serves countersign.service with signer.conf, and ends in the same way', async () => {
    const etc = '/etc/countersign-signer';
    await machine.write(`${etc}/tls.crt`, server.pem);
    await machine.write(`${etc}/tls.key`, pemKey(server));
    await machine.write(`${etc}/client-ca.crt`, authority.pem);
    await machine.write(`${etc}/passphrase`, 'correct horse battery staple\n');
    const { url, stop } = await start('countersign-signer', signer, read('signer.env'));
    expect(await ask(`${url}/livez`, { ...known, cert: caller.pem, key: pemKey(caller) })).toMatchObject({ status: 200 });
    await expect(ask(`${url}/livez`, known)).rejects.toThrow();
    await prepareTrust();
    await machine.write('/etc/countersign/signer-client.crt', caller.pem);
    await machine.write('/etc/countersign/signer-client.key', pemKey(caller));
    await machine.write('/etc/countersign/signer-ca.crt', server.pem);
    const place = `COUNTERSIGN_SERVE_SIGNER=https://localhost:${new URL(url).port}\n`;
    const trusting = await start('countersign', withSigner, read('countersign.env') + place);
    expect(await ask(`${trusting.url}/readyz`, known)).toEqual({ status: 200, body: '{"status":"ready"}' });
    const ended = await stop(signalOf(signer));
    expect(ended, ended.said).toMatchObject({ exit: 0 });
    expect(ended.milliseconds).toBeLessThan(patience(signer));
  });
});

describe('the units', () => {
  it.each([
    ['countersign.service', trust],
    ['countersign.service with postgresql.conf', onDatabase],
    ['countersign.service with signer.conf', withSigner],
    ['countersign-signer.service', signer],
  ])('%s has no secret on its command line or in its variables, and may write to its own folders only', (_name, unit) => {
    const command = oneOf(unit, 'Service.ExecStart');
    expect(command).not.toMatch(/:\/\/[^ ]*@|passphrase [^$]/);
    expect(oneOf(unit, 'Service.ProtectSystem')).toBe('strict');
    expect(oneOf(unit, 'Service.DynamicUser')).toBe('yes');
    expect(oneOf(unit, 'Service.NoNewPrivileges')).toBe('yes');
    const folders = oneOf(unit, 'Service.StateDirectory').split(' ');
    const settings = command.includes('--config') ? read('serve.json') : command;
    const written = [...settings.matchAll(/(?:--data |"data": "|"highWater": ")([^ "]+)/g)].map(([, path = '']) => path);
    expect(written).not.toEqual([]);
    expect(written.filter((path) => !folders.some((name) => `${path}/`.startsWith(`/var/lib/${name}/`)))).toEqual([]);
    const credentials = allOf(unit, 'Service.LoadCredential').map((line) => line.split(':')[0]);
    const named = `${command} ${allOf(unit, 'Service.Environment').join(' ')}`;
    const wanted = [...named.matchAll(/(?:\$\{CREDENTIALS_DIRECTORY\}|\/run\/credentials\/countersign\.service)\/(\S+)/g)].map(
      ([, name = '']) => name,
    );
    expect(credentials).toEqual(expect.arrayContaining(wanted));
  });

  it('hands over each credential that serve.json names', () => {
    const named = [...read('serve.json').matchAll(/\/run\/credentials\/countersign\.service\/([a-z.]+)/g)].map(([, name = '']) => name);
    const given = allOf(trust, 'Service.LoadCredential').map((line) => line.split(':')[0]);
    expect(named.toSorted()).toEqual(given.toSorted());
  });

  it('waits longer for an end than the ten seconds that requests under way are given', () => {
    expect(patience(trust)).toBeGreaterThan(30_000);
  });

  it('changes nothing on a database but where the store is', () => {
    expect(oneOf(onDatabase, 'Service.ExecStart')).toBe(
      `${oneOf(trust, 'Service.ExecStart')} --store-file \${CREDENTIALS_DIRECTORY}/store-url`,
    );
  });
});
