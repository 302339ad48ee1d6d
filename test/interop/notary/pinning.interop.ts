// Roots that an owner made beforehand, and readers who know which one to expect.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'vitest';
import { type Certificate, makeCertificate } from './certificates.ts';
import { sha256 } from './hashes.ts';
import { believed } from './metadata.ts';
import { PASSPHRASE, type Person } from './notary-program.ts';
import { ask } from './run.ts';
import { atEachServer, type Stage } from './servers.ts';

const ONE = ['3', '--sha256', sha256('one'), '-p'];

/** A root key in an encrypted file, as `init --rootkey` wants it, and its certificate. */
async function rootOf(stage: Stage, name: string, gun: string, more: { use: 'signing code' | 'anything'; issuer?: Certificate }) {
  const { cert, key } = await makeCertificate({ folder: stage.folder, name, commonName: gun, kind: 'ecdsa', days: 3000, ...more });
  const encrypted = join(stage.folder, `${name}-encrypted.pem`);
  const made = [
    'pkcs8',
    '-topk8',
    '-v2',
    'aes-256-cbc',
    '-v2prf',
    'hmacWithSHA1',
    '-in',
    key,
    '-out',
    encrypted,
    '-passout',
    `pass:${PASSPHRASE}`,
  ];
  await ask('openssl', made, '', { PATH: process.env['PATH'] });
  return { cert, key: encrypted };
}
const NO_MATCH = { because: 'unable to match any certificates to trust_pinning config' };

let pinned = 0;
async function withPins(stage: Stage, who: Person, pins: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  pinned += 1;
  const file = join(stage.folder, `pins-${pinned}.json`);
  await writeFile(
    file,
    JSON.stringify({ trust_pinning: pins, remote_server: { url: stage.target.url, root_ca: stage.target.ca }, trust_dir: who.trustDir }),
  );
  return ['-c', file];
}

atEachServer('roots that are known beforehand', { tools: ['notary', 'openssl'] }, (stage) => {
  const begun = async (name: string) => {
    const owner = stage.person(name);
    const gun = `registry.example.com/${name}/app`;
    await owner.notary(['init', gun, '-p']);
    await owner.notary(['addhash', gun, 'v1', ...ONE]);
    const pin = (await believed(owner, gun, 'root')).roles['root']?.keyids ?? [];
    return { owner, gun, pin };
  };
  const lookup = async (
    name: string,
    gun: string,
    pins: Readonly<Record<string, unknown>>,
    wanted: 'read' | { readonly because: string },
  ): Promise<string> => {
    const reader = stage.person(name);
    const args = [...(await withPins(stage, reader, pins)), 'lookup', gun, 'v1'];
    return wanted === 'read' ? reader.notary(args) : reader.refused(args, wanted.because);
  };

  it.concurrent('init --rootkey --rootcert: a certificate that the owner made is the root', async () => {
    const owner = stage.person('rootcert');
    const gun = 'registry.example.com/rootcert/app';
    const { cert, key } = await rootOf(stage, 'rootcert', gun, { use: 'signing code' });
    await owner.notary(['init', gun, '--rootkey', key, '--rootcert', cert, '-p']);
    await owner.notary(['addhash', gun, 'v1', ...ONE]);
    await stage.person('rootcert-reader').notary(['lookup', gun, 'v1']);
  });

  it.concurrent('init --rootkey alone: the program makes the certificate', async () => {
    const owner = stage.person('rootkey');
    const gun = 'registry.example.com/rootkey/app';
    const { key } = await rootOf(stage, 'rootkey', gun, { use: 'signing code' });
    await owner.notary(['init', gun, '--rootkey', key, '-p']);
    await stage.person('rootkey-reader').notary(['list', gun]);
  });

  it.concurrent('refuses a root whose certificate names another collection', async () => {
    const owner = stage.person('wrong-name');
    const { cert, key } = await rootOf(stage, 'wrong-name', 'registry.example.com/other/app', { use: 'signing code' });
    await owner.refused(
      ['init', 'registry.example.com/wrong-name/app', '--rootkey', key, '--rootcert', cert, '-p'],
      'could not validate the path to a trusted root',
    );
    await stage.person('wrong-name-reader').refused(['list', 'registry.example.com/wrong-name/app'], 'does not have trust data');
  });

  it.concurrent('a reader pins the certificate: the right one is read, another is refused, and of a pin for a prefix the same holds', async () => {
    const { gun, pin } = await begun('certs');
    const other = ['0'.repeat(64)];
    await lookup('certs-right', gun, { certs: { [gun]: pin }, disable_tofu: true }, 'read');
    await lookup('certs-prefix', gun, { certs: { 'registry.example.com/certs/*': pin }, disable_tofu: true }, 'read');
    await lookup('certs-wrong', gun, { certs: { [gun]: other } }, NO_MATCH);
    await lookup('certs-wrong-prefix', gun, { certs: { 'registry.example.com/*': other } }, NO_MATCH);
  });

  it.concurrent('without trust on first use, what nobody pinned is refused', async () => {
    const { gun } = await begun('no-tofu');
    await lookup('no-tofu-reader', gun, { disable_tofu: true }, { because: 'invalid trust pinning specified' });
    await lookup('tofu-reader', gun, { disable_tofu: false }, 'read');
  });

  it.concurrent('a pin of the certificate survives what the owner rotates afterwards', async () => {
    const { owner, gun, pin } = await begun('pinned-rotation');
    const reader = stage.person('pinned-rotation-reader');
    const pins = await withPins(stage, reader, { certs: { [gun]: pin }, disable_tofu: true });
    await reader.notary([...pins, 'lookup', gun, 'v1']);
    await owner.notary(['key', 'rotate', gun, 'root'], { input: 'yes\n' });
    await owner.notary(['addhash', gun, 'v2', ...ONE]);
    await reader.notary([...pins, 'lookup', gun, 'v2']);
    await lookup('pinned-rotation-late', gun, { certs: { [gun]: pin }, disable_tofu: true }, NO_MATCH);
  });

  it.concurrent('a reader pins an authority: roots that it issued are read, others are refused', async () => {
    const { folder } = stage;
    const authority = await makeCertificate({ folder, name: 'ca', commonName: 'ca', kind: 'ecdsa', days: 3000, use: 'authority' });
    const stranger = await makeCertificate({
      folder,
      name: 'stranger',
      commonName: 'stranger',
      kind: 'ecdsa',
      days: 3000,
      use: 'authority',
    });
    const owner = stage.person('issued');
    const gun = 'registry.example.com/issued/app';
    const { cert, key } = await rootOf(stage, 'issued', gun, { use: 'anything', issuer: authority });
    await owner.notary(['init', gun, '--rootkey', key, '--rootcert', cert, '-p']);
    await owner.notary(['addhash', gun, 'v1', ...ONE]);
    await lookup('issued-right', gun, { ca: { 'registry.example.com/issued': authority.cert }, disable_tofu: true }, 'read');
    await lookup('issued-wrong', gun, { ca: { 'registry.example.com/issued': stranger.cert }, disable_tofu: true }, NO_MATCH);
  });
});
