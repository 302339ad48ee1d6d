import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  exportOpenSsh,
  exportPrivatePem,
  generateSigner,
  type HeldKind,
  type LocalSigner,
  type OpenedSigner,
  openSigner,
  type Programs,
  signerFromPrivateKey,
  writeKeyFile,
} from '@countersign/signers';
import { afterAll, describe, expect, it } from 'vitest';
import { signerContract } from '../lab/signer-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign signers '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = fileURLToPath(new URL('../lab/program-that-signs.mjs', import.meta.url));
const word = (text: string): string => encodeURI(text);
const passphrase = async (): Promise<string> => 'correct horse';
const wrong = async (): Promise<string> => 'battery staple';
const never = async (): Promise<string> => {
  throw new Error('asked for a secret');
};

const rsa = (): LocalSigner => signerFromPrivateKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);

describe.each<HeldKind>(['ed25519', 'ecdsa-p256', 'rsa'])('a key of kind %s', (kind) => {
  const signer = kind === 'rsa' ? rsa() : generateSigner(kind);
  const fingerprint = (): string => signer.key.fingerprint;

  const file = join(folder, `${kind}.json`);
  const kept = writeKeyFile(file, signer, 'correct horse', { create: 'refuse' });
  const openFile = async (uri: string, secret: () => Promise<string>): Promise<OpenedSigner> => {
    await kept;
    return openSigner(uri, { passphrase: secret });
  };
  signerContract('a key file', {
    fingerprint,
    open: () => openFile(`file:${file}`, passphrase),
    refusals: {
      'a wrong passphrase': { code: 'wrong-passphrase', open: () => openFile(file, wrong) },
      'a file that is not there': { code: 'not-found', open: () => openFile(`file:${file}.bak`, never) },
    },
  });

  const encrypted = exportPrivatePem(signer, { passphrase: 'correct horse' });
  const variables = {
    PLAIN: exportPrivatePem(signer, 'unsafe-plain'),
    SSH: kind === 'rsa' ? undefined : exportOpenSsh(signer, 'ci'),
    ENCRYPTED: encrypted,
    CUT: encrypted.slice(0, 100),
    EMPTY: '',
  };
  const openVariable = (name: string, secret: () => Promise<string>): Promise<OpenedSigner> =>
    openSigner(`env:${name}`, { passphrase: secret, variables });
  signerContract('a variable with pem', {
    fingerprint,
    open: () => openVariable('ENCRYPTED', passphrase),
    refusals: {
      'a wrong passphrase': { code: 'wrong-passphrase', open: () => openVariable('ENCRYPTED', wrong) },
      'a variable that is not set': { code: 'not-found', open: () => openVariable('NOTHING', never) },
      'an empty variable': { code: 'not-found', open: () => openVariable('EMPTY', never) },
      'text that was cut, without asking': { code: 'damaged', open: () => openVariable('CUT', never) },
      'a name that is none': { code: 'unsupported', open: () => openVariable('A=B', never) },
      'a caller who allows no variables': { code: 'unsupported', open: () => openSigner('env:PLAIN', { passphrase: never }) },
    },
  });
  signerContract('a variable with plain pem', { fingerprint, open: () => openVariable('PLAIN', never), refusals: {} });
  if (kind !== 'rsa')
    signerContract('a variable with a key of openssh', { fingerprint, open: () => openVariable('SSH', never), refusals: {} });

  const pem = join(folder, `${kind} plain.pem`);
  writeFileSync(pem, variables.PLAIN, { mode: 0o600 });
  const said: string[] = [];
  const programs: Programs = { env: { PATH: process.env['PATH'] }, talk: (text) => said.push(text), timeoutMs: 20_000 };
  const openProgram = (mistake = '', options = programs): Promise<OpenedSigner> =>
    openSigner(`exec:${word(process.execPath)} ${word(program)} ${word(pem)} ${mistake}`, { passphrase: never, programs: options });
  const signing = async (mistake: string): Promise<Uint8Array> => (await openProgram(mistake)).sign(new Uint8Array(9));
  signerContract('a program', {
    fingerprint,
    open: () => openProgram(),
    refusals: {
      'a program that is not there': {
        code: 'not-found',
        open: () => openSigner('exec:no-such-signer', { passphrase: never, programs }),
      },
      'a program that fails': { code: 'signer-failed', open: () => openProgram('fails') },
      'a program that refuses to sign': { code: 'signer-failed', open: () => signing('locks') },
      'a signature over something else': { code: 'signer-failed', open: () => signing('signs-something-else') },
      'a program that prints its private key': { code: 'signer-failed', open: () => openProgram('shows-private') },
      ...(kind === 'rsa'
        ? { 'a signature of rsa with another padding': { code: 'signer-failed', open: () => signing('pads-otherwise') } }
        : {}),
      'an answer without end': { code: 'signer-failed', open: () => openProgram('floods') },
      'a program that never answers': { code: 'signer-failed', open: () => openProgram('sleeps', { ...programs, timeoutMs: 300 }) },
      'a program of the working folder': {
        code: 'unsupported',
        open: () => openSigner('exec:./sign.sh', { passphrase: never, programs }),
      },
      'a caller who allows no programs': { code: 'unsupported', open: () => openSigner(`exec:${process.execPath}`, { passphrase: never }) },
    },
  });

  it('passes on what a program says to people', () => {
    expect(said.join('')).toContain('the card is not in the reader');
  });
});

describe('a key file in a variable', () => {
  it.each([
    ['without its last line feed', (text: string) => text.trimEnd()],
    ['with carriage returns', (text: string) => text.replaceAll('\n', '\r\n')],
  ])('opens %s', async (_, changed) => {
    const signer = generateSigner('ed25519');
    const path = join(folder, `${signer.key.keyid}.json`);
    await writeKeyFile(path, signer, 'correct horse', { create: 'refuse', label: 'ci' });
    const { readFile } = await import('node:fs/promises');
    const variables = { KEY: changed(await readFile(path, 'utf8')) };
    const opened = await openSigner('env:KEY', { variables, passphrase: async ({ label }) => (label === 'ci' ? 'correct horse' : '') });
    expect(opened.key).toEqual(signer.key);
  });
});
