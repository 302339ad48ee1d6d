// Keys on a PKCS#11 token: SoftHSM, which behaves as a hardware module does and needs no hardware. The root and the repository key
// live on it; what happens when the PIN is wrong, and when the token is lost.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportPrivatePem, generateSigner, type KeyKind, type LocalSigner, type OpenedSigner, openSigner } from '@countersign/signers';
import { pushSampleImage, startRegistry } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { machine, serve } from '../lab/countersign.ts';
import { signerContract } from '../lab/signer-contract.ts';
import { serveSigner } from '../lab/signing-service.ts';
import { missingTools } from '../lab/tools.ts';

const LIBRARY = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so', '/opt/homebrew/lib/softhsm/libsofthsm2.so'].find(
  (path) => existsSync(path),
);
const PIN = '1234';

function whatIsMissing(): string | undefined {
  if (missingTools('softhsm2-util') !== undefined) return missingTools('softhsm2-util');
  if (LIBRARY === undefined) return 'libsofthsm2.so is not where it usually is';
  try {
    createRequire(import.meta.url)('pkcs11js');
  } catch {
    return 'pkcs11js is not installed: npm install --prefix FOLDER pkcs11js, then NODE_PATH=FOLDER/node_modules';
  }
  return undefined;
}
const without = whatIsMissing();

const folder = mkdtempSync(join(tmpdir(), 'countersign-softhsm-'));
const conf = join(folder, 'softhsm2.conf');
mkdirSync(join(folder, 'tokens'));
writeFileSync(conf, `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`);
// The library reads it when it is loaded, in this process too.
process.env['SOFTHSM2_CONF'] = conf;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const util = (...args: string[]): string => execFileSync('softhsm2-util', args, { encoding: 'utf8', stdio: 'pipe' });
const newToken = (label: string): string => util('--init-token', '--free', '--label', label, '--pin', PIN, '--so-pin', '567890');
const uri = (token: string, object: string, more = ''): string => `pkcs11:token=${token};object=${object}?module-path=${LIBRARY}${more}`;

function keep(token: string, object: string, id: string, signer: LocalSigner): void {
  const pem = join(folder, 'key.pem');
  writeFileSync(pem, exportPrivatePem(signer, 'unsafe-plain'), { mode: 0o600 });
  util('--import', pem, '--token', token, '--label', object, '--id', id, '--pin', PIN);
  rmSync(pem);
}

describe.skipIf(without !== undefined)(`a token${without === undefined ? '' : ` (${without})`}`, () => {
  const asked: string[] = [];
  const open = (key: string, pin = PIN): Promise<OpenedSigner> =>
    openSigner(key, {
      passphrase: async () => '',
      tokens: {
        pin: async ({ label }) => {
          asked.push(label);
          return pin;
        },
      },
    });

  const keys: Readonly<Record<KeyKind, LocalSigner>> = { ed25519: generateSigner('ed25519'), 'ecdsa-p256': generateSigner('ecdsa-p256') };
  const pinFile = join(folder, 'pin');
  beforeAll(() => {
    newToken('contract');
    keep('contract', 'ed25519', '0a', keys.ed25519);
    keep('contract', 'ecdsa-p256', '0b', keys['ecdsa-p256']);
    writeFileSync(pinFile, `${PIN}\n`, { mode: 0o600 });
  });

  describe.each<KeyKind>(['ed25519', 'ecdsa-p256'])('with a key of kind %s', (kind) => {
    signerContract('a token', {
      fingerprint: () => keys[kind].key.fingerprint,
      open: () => open(uri('contract', kind)),
      refusals: {
        'a wrong PIN': { code: 'wrong-pin', open: () => open(uri('contract', kind), '9999') },
        'a token that is not here': { code: 'not-found', open: () => open(uri('elsewhere', kind)) },
        'a key that it does not have': { code: 'not-found', open: () => open(uri('contract', 'other')) },
        'two things that contradict each other': { code: 'not-found', open: () => open(uri('contract', `${kind};id=%0C`)) },
        'a library that is none': { code: 'no-module', open: () => open(`pkcs11:object=x?module-path=${conf}`) },
        'a PIN in the uri, which others can read': { code: 'unsupported', open: () => open(uri('contract', kind, '&pin-value=1234')) },
      },
    });
  });

  it('asks for the PIN of a token once, while a key of it is open', async () => {
    asked.length = 0;
    const one = await open(uri('contract', 'ed25519'));
    const two = await open(`pkcs11:id=%0b?module-path=${LIBRARY}`);
    expect(asked).toEqual(['contract']);
    await one.close();
    expect(await two.sign(new Uint8Array(3))).not.toHaveLength(0);
    await two.close();
  });

  it('takes the PIN from the file that the uri names', async () => {
    asked.length = 0;
    await (await open(uri('contract', 'ed25519', `&pin-source=file:${pinFile}`))).close();
    expect(asked).toEqual([]);
  });

  it('holds the root and the repository key: init, sign, rotate, a wrong PIN, and the token is lost', { timeout: 180_000 }, async () => {
    newToken('vault');
    newToken('second');
    const lostRoot = generateSigner('ed25519');
    keep('vault', 'root', '01', lostRoot);
    keep('vault', 'repository', '02', generateSigner('ecdsa-p256'));
    keep('vault', 'next', '03', generateSigner('ecdsa-p256'));
    keep('second', 'root', '01', generateSigner('ed25519'));
    const registry = await startRegistry();
    const digest = pushSampleImage(registry, 'team/app', 'v1', { seed: 'token' });
    const server = await serve(join(folder, 'data'));
    try {
      const gun = `${registry.host}/team/app`;
      const env = { SOFTHSM2_CONF: conf, NODE_PATH: process.env['NODE_PATH'] ?? '', COUNTERSIGN_PIN: PIN, PATH: process.env['PATH'] ?? '' };
      const publisher = machine(join(folder, 'publisher'), server.url, env);
      const roots = ['--root-key', uri('vault', 'root'), '--root-key', uri('second', 'root')];
      const began = await publisher.countersign(['init', gun, ...roots, '--repository-key', uri('vault', 'repository')]);
      const consumer = machine(join(folder, 'consumer'), server.url, { COUNTERSIGN_ROOT_PIN: began.stdout.trim() });
      const verifies = (): Promise<unknown> => consumer.countersign(['verify', `${gun}:v1`]);

      const sign = ['sign', `${gun}:v1@${digest}`];
      await publisher.countersign(sign);
      await verifies();
      await publisher.countersign([...sign, '--key', uri('vault', 'repository')]);
      const refused = await publisher.countersign([...sign, '--key', uri('second', 'root')], { exit: 1 });
      expect(refused.stderr).toContain('may not sign role releases');

      // A PIN is tried once: SoftHSM says by a flag that it counted one, and takes the right one afterwards.
      const another = machine(join(folder, 'publisher'), server.url, { ...env, COUNTERSIGN_PIN: '9999' });
      const wrong = await another.countersign([...sign, '--output', 'json'], { exit: 1 });
      expect(JSON.parse(wrong.stdout).code).toBe('wrong-pin');
      const silent = machine(join(folder, 'publisher'), server.url, { ...env, COUNTERSIGN_PIN: '' });
      expect((await silent.countersign(sign, { exit: 2 })).stderr).toContain('COUNTERSIGN_PIN_FILE');

      await publisher.countersign(['key', 'rotate', 'releases', gun, '--key', uri('vault', 'next')]);
      await publisher.countersign([...sign, '--key', uri('vault', 'next')]);
      await verifies();

      util('--delete-token', '--token', 'vault');
      const lost = await publisher.countersign(sign, { exit: 1 });
      expect(lost.stderr).toContain('is not at hand: no such token is here; tokens here:');

      // The root key of the other token gives the role to a new key, and nobody had to be told.
      await publisher.countersign(['key', 'rotate', 'targets', gun]);
      await publisher.countersign(['key', 'rotate', 'releases', gun]);
      await publisher.countersign(sign);
      await verifies();

      // The lost root key leaves the root as well, signed by the one that is left.
      await publisher.countersign(['key', 'rotate', 'root', gun, '--old', lostRoot.key.fingerprint]);
      await verifies();
      const { stdout } = await publisher.countersign(['status', gun, '--output', 'json']);
      expect(stdout).not.toContain(lostRoot.key.fingerprint);
    } finally {
      await server.kill('SIGTERM');
      await registry.close();
    }
  });

  it('makes the passphrase of a signing service, which then opens with the token alone', { timeout: 180_000 }, async () => {
    newToken('signing');
    keep('signing', 'passphrase', '01', generateSigner('ed25519'));
    keep('signing', 'random', '02', generateSigner('ecdsa-p256'));
    const home = join(folder, 'signing-service');
    mkdirSync(home);
    const env = { SOFTHSM2_CONF: conf, NODE_PATH: process.env['NODE_PATH'] ?? '', COUNTERSIGN_PIN: PIN };
    const operator = machine(home, '', env);
    const data = join(home, 'data');
    const key = uri('signing', 'passphrase');
    const serving = (...secret: readonly string[]) => serveSigner(home, secret, env);
    const passphrase = join(home, 'passphrase');
    writeFileSync(passphrase, 'the first one\n', { mode: 0o600 });
    await (await serving('--passphrase-file', passphrase)).stop();

    const rekey = ['signing-service', 'rekey', '--data', data, '--passphrase-file', passphrase, '--new-passphrase-key'];
    expect((await operator.countersign([...rekey, uri('signing', 'random')], { exit: 1 })).stderr).toContain('wanted ed25519');
    expect((await operator.countersign([...rekey, passphrase], { exit: 2 })).stderr).toContain('pkcs11:');
    await operator.countersign([...rekey, key]);
    await (await serving('--passphrase-key', key)).stop();
    await expect(serving('--passphrase-file', passphrase)).rejects.toThrow('wrong-passphrase');
    util('--delete-token', '--token', 'signing');
    await expect(serving('--passphrase-key', key)).rejects.toThrow('no such token');
  });
});
