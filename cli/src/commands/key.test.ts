import { generateKeyPairSync } from 'node:crypto';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Machine, machine } from '../testing/machine.ts';

let host: Machine;
beforeEach(async () => {
  host = await machine();
});
afterEach(() => host.remove());

const keys = async (): Promise<readonly Record<string, unknown>[]> => {
  const { json } = await host.run('key', 'list', '--output', 'json');
  return json['keys'] as Record<string, unknown>[];
};
const file = (name: string): string => join(host.folder, name);

describe('key generate', () => {
  it('keeps an encrypted key that only its owner can read, and prints its fingerprint', async () => {
    const { exit, stdout } = await host.run('key', 'generate', '--label', 'alice');
    expect(exit).toBe(0);
    const [key] = await keys();
    expect(key).toMatchObject({ fingerprint: stdout.trim(), label: 'alice', scheme: 'ed25519' });
    expect((await stat(String(key?.['path']))).mode & 0o777).toBe(0o600);
  });

  it('makes P-256 keys too', async () => {
    await host.run('key', 'generate', '--kind', 'ecdsa-p256');
    expect(await keys()).toMatchObject([{ scheme: 'ecdsa-sha2-nistp256' }]);
  });

  it.each([
    [['--kind', 'rsa'], 'ed25519'],
    [['--cost', '3'], '--cost'],
    [['--cost', '21'], '--cost'],
    [['--label', 'a\u0007b'], '--label'],
    [['alice'], 'too many arguments'],
  ])('refuses %j as a mistake of the words', async (words, named) => {
    expect(await host.run('key', 'generate', ...words)).toMatchObject({ exit: 2, stderr: expect.stringContaining(named) });
    expect(await keys()).toEqual([]);
  });
});

describe('a passphrase', () => {
  it('comes from an option before the environment, and never from an argument', async () => {
    await writeFile(file('secret'), 'from a file\nsecond line\n');
    expect((await host.run('key', 'generate', '--label', 'a', '--passphrase-file', 'secret')).exit).toBe(0);
    host.env = { ...host.env, COUNTERSIGN_PASSPHRASE: 'from a file' };
    expect((await host.run('key', 'export', 'a')).stdout).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    expect((await host.run('key', 'generate', '--passphrase', 'x')).exit).toBe(2);
  });

  it('comes from stdin by its descriptor', async () => {
    host.stdin = 'from stdin\n';
    expect((await host.run('key', 'generate', '--label', 'a', '--passphrase-fd', '0')).exit).toBe(0);
    host.env = { ...host.env, COUNTERSIGN_PASSPHRASE: 'from stdin' };
    expect((await host.run('key', 'export', 'a')).exit).toBe(0);
  });

  it('is never asked for without a terminal: what to set is said instead', async () => {
    host.env = { ...host.env, COUNTERSIGN_PASSPHRASE: undefined };
    const { exit, json } = await host.run('key', 'generate', '--output', 'json');
    expect(exit).toBe(2);
    expect(json).toMatchObject({ code: 'missing-secret', next: expect.stringMatching(/COUNTERSIGN_PASSPHRASE.*--passphrase-file/) });
    host.env = { ...host.env, CI: 'true' };
    host.person = { answers: [], questions: [] };
    expect((await host.run('key', 'generate')).exit).toBe(2);
  });

  it('is asked twice when it is new, until both are the same', async () => {
    host.env = { ...host.env, COUNTERSIGN_PASSPHRASE: undefined };
    host.person = { answers: ['', 'one', 'two', 'right', 'right'], questions: [] };
    expect((await host.run('key', 'generate', '--label', 'a')).exit).toBe(0);
    host.person = { answers: ['wrong', 'right'], questions: [] };
    expect((await host.run('key', 'export', 'a')).exit).toBe(0);
  });

  it('is asked three times at most, and not again when it came from elsewhere', async () => {
    await host.run('key', 'generate', '--label', 'a');
    host.env = { ...host.env, COUNTERSIGN_PASSPHRASE: 'wrong' };
    expect((await host.run('key', 'export', 'a', '--output', 'json')).json).toMatchObject({ exit: 1, code: 'wrong-passphrase' });
    host.env = { ...host.env, COUNTERSIGN_PASSPHRASE: undefined };
    host.person = { answers: ['a', 'b', 'c', 'd'], questions: [] };
    expect((await host.run('key', 'export', 'a')).exit).toBe(1);
    expect(host.person.answers).toEqual(['d']);
    host.person = { answers: [undefined], questions: [] };
    expect((await host.run('key', 'export', 'a')).exit).toBe(3);
  });

  it.each(['', '\n', `${'x'.repeat(5000)}\n`])('that is %j in its file is refused', async (text) => {
    await writeFile(file('secret'), text);
    expect((await host.run('key', 'generate', '--passphrase-file', 'secret')).exit).toBe(2);
    expect((await host.run('key', 'generate', '--passphrase-file', 'absent')).exit).toBe(2);
  });
});

describe('key import and export', () => {
  it('take a key out and in again, under another passphrase', async () => {
    await host.run('key', 'generate', '--label', 'a');
    await writeFile(file('other'), 'another\n');
    const exported = await host.run('key', 'export', 'a', '--to', 'a.pem', '--new-passphrase-file', 'other');
    expect(exported).toMatchObject({ exit: 0, stdout: `${file('a.pem')}\n` });
    expect((await stat(file('a.pem'))).mode & 0o777).toBe(0o600);
    const [before] = await keys();
    expect((await host.run('key', 'remove', 'a', '--yes')).exit).toBe(0);
    expect((await host.run('key', 'import', 'a.pem', '--passphrase-file', 'other', '--label', 'b')).exit).toBe(0);
    expect(await keys()).toMatchObject([{ fingerprint: before?.['fingerprint'], label: 'b' }]);
    host.env = { ...host.env, COUNTERSIGN_PASSPHRASE: 'another' };
    expect((await host.run('key', 'export', 'b')).exit).toBe(0);
  });

  it('take a plain PEM from stdin, and a key file of another machine', async () => {
    host.stdin = String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect((await host.run('key', 'import', '-', '--label', 'plain')).exit).toBe(0);
    const [name = ''] = await readdir(join(host.trustDir, 'keys'));
    await writeFile(file('copy.json'), await readFile(join(host.trustDir, 'keys', name)), { mode: 0o600 });
    await host.run('key', 'remove', 'plain', '--yes');
    expect((await host.run('key', 'import', 'copy.json')).exit).toBe(0);
    expect(await keys()).toMatchObject([{ label: 'plain' }]);
    expect((await host.run('key', 'import', 'copy.json', '--output', 'json')).json).toMatchObject({ exit: 1, code: 'exists' });
  });

  it('refuse what is no key, and never write over a file', async () => {
    await writeFile(file('note.txt'), 'not a key');
    expect((await host.run('key', 'import', 'note.txt')).exit).toBe(1);
    expect((await host.run('key', 'import', 'absent.pem')).exit).toBe(1);
    await host.run('key', 'generate', '--label', 'a');
    expect((await host.run('key', 'export', 'a', '--public', '--to', 'note.txt')).exit).toBe(1);
    expect(await readFile(file('note.txt'), 'utf8')).toBe('not a key');
    expect((await host.run('key', 'export', 'a', '--public')).stdout).toContain('BEGIN PUBLIC KEY');
    expect((await host.run('key', 'export', 'a', '--unsafe-plain')).stderr).toContain('unencrypted');
  });
});

describe('key import of a notary client', () => {
  const VECTORS = fileURLToPath(new URL('../../../test/vectors/notary-keys/', import.meta.url));
  const ROOT = '766f97ac45ca11fb05217d601555a3c272db6ef16b46b092450c614ce3289747';
  const TARGETS = '8cf04c6bacb7e4b284d4d157059b9c5da09b0ef0793d11734202c92587b67a3e';
  const SNAPSHOT = '054d23274df3bfe73df70dc88bf701ebaf3f2d941885454dd6221fd59a0f84a1';
  const RSA = '8974bad1872a2e83e25adc543d8c51551bdefdbde5a34da3cb5f5d42123c0af6';
  const bring = async (keyid: string, as = keyid): Promise<string> => {
    await writeFile(file(`${as}.key`), await readFile(join(VECTORS, 'notary/private', `${keyid}.key`)));
    return `${as}.key`;
  };

  it.each([
    [ROOT, 'NOTARY_ROOT_PASSPHRASE', 'worthless-root', 'root', 'ecdsa-sha2-nistp256'],
    [ROOT, 'DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE', 'worthless-root', 'root', 'ecdsa-sha2-nistp256'],
    [TARGETS, 'NOTARY_TARGETS_PASSPHRASE', 'worthless-targets', 'targets of registry.example.com/team/app', 'ecdsa-sha2-nistp256'],
    [SNAPSHOT, 'NOTARY_SNAPSHOT_PASSPHRASE', 'worthless-snapshot', 'snapshot of registry.example.com/team/app', 'ecdsa-sha2-nistp256'],
    [RSA, 'NOTARY_DELEGATION_PASSPHRASE', 'worthless-delegation', 'targets/rsa', 'rsassa-pss-sha256'],
    [RSA, 'DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE', 'worthless-delegation', 'targets/rsa', 'rsassa-pss-sha256'],
  ])('opens %s with the passphrase of %s', async (keyid, name, passphrase, label, scheme) => {
    const wrong = { NOTARY_ROOT_PASSPHRASE: 'x', NOTARY_TARGETS_PASSPHRASE: 'x', NOTARY_SNAPSHOT_PASSPHRASE: 'x' };
    const others = name.startsWith('DOCKER') ? {} : { ...wrong, NOTARY_DELEGATION_PASSPHRASE: 'x' };
    host.env = { ...host.env, ...others, COUNTERSIGN_PASSPHRASE: undefined, [name]: passphrase };
    const { exit, json, stderr } = await host.run('key', 'import', await bring(keyid), '--output', 'json');
    expect(json).toMatchObject({ key: { label, scheme }, notary: { keyid } });
    expect(exit).toBe(0);
    expect(stderr).toContain(`notice: using ${name}`);
    expect(stderr + JSON.stringify(json)).not.toContain(passphrase);
    // The same passphrase opens it here.
    host.env = { ...host.env, COUNTERSIGN_PASSPHRASE: passphrase };
    expect((await host.run('key', 'export', keyid === RSA ? 'targets/rsa' : label)).exit).toBe(0);
  });

  it('takes our own passphrase first, and asks a person where there is none', async () => {
    host.env = { ...host.env, NOTARY_ROOT_PASSPHRASE: 'x', COUNTERSIGN_PASSPHRASE: 'worthless-root' };
    expect((await host.run('key', 'import', await bring(ROOT), '--label', 'offline')).exit).toBe(0);
    host.env = { ...host.env, NOTARY_ROOT_PASSPHRASE: undefined, COUNTERSIGN_PASSPHRASE: undefined };
    host.person = { answers: ['worthless-targets'], questions: [] };
    expect((await host.run('key', 'import', await bring(TARGETS))).exit).toBe(0);
    expect(await keys()).toMatchObject([{ label: 'offline' }, { label: 'targets of registry.example.com/team/app' }]);
  });

  it('refuses a wrong passphrase, a name of another key, and several keys, and keeps nothing', async () => {
    host.env = { ...host.env, COUNTERSIGN_PASSPHRASE: 'wrong' };
    expect((await host.run('key', 'import', await bring(ROOT), '--output', 'json')).json).toMatchObject({
      exit: 1,
      code: 'wrong-passphrase',
    });
    host.env = { ...host.env, COUNTERSIGN_PASSPHRASE: 'worthless-root' };
    const renamed = await host.run('key', 'import', await bring(ROOT, TARGETS), '--output', 'json');
    expect(renamed.json).toMatchObject({ code: 'damaged', message: expect.stringMatching(new RegExp(`${TARGETS}.*${ROOT}`)) });
    const several = await host.run('key', 'import', join(VECTORS, 'exported.pem'), '--output', 'json');
    expect(several.json).toMatchObject({ code: 'unsupported', message: expect.stringContaining('2 private keys') });
    expect(await keys()).toEqual([]);
  });
});

describe('keys that cannot be used', () => {
  it('are told beside the others', async () => {
    await host.run('key', 'generate', '--label', 'a');
    await host.run('key', 'generate', '--label', 'b');
    const [a, b] = await keys();
    await writeFile(String(a?.['path']), (await readFile(String(a?.['path']), 'utf8')).replace('ed25519', 'ed25518'));
    await chmod(String(b?.['path']), 0o644);
    const { exit, stderr, json } = await host.run('key', 'list', '--output', 'json');
    expect(exit).toBe(0);
    expect(json).toMatchObject({ keys: [], unusable: [{}, {}] });
    expect(stderr).toMatch(/damaged/);
    expect(stderr).toMatch(/open to other users/);
  });

  it('are found by label or by the first digits of the fingerprint, and never guessed', async () => {
    await host.run('key', 'generate', '--label', 'twin');
    await host.run('key', 'generate', '--label', 'twin');
    const [first] = await keys();
    expect((await host.run('key', 'export', 'twin', '--public', '--output', 'json')).json).toMatchObject({ exit: 1, code: 'ambiguous' });
    expect((await host.run('key', 'export', String(first?.['fingerprint']).slice(0, 8), '--public')).exit).toBe(0);
    expect((await host.run('key', 'export', 'nobody', '--output', 'json')).json).toMatchObject({ exit: 1, code: 'not-here' });
  });

  it('are removed only after a yes', async () => {
    await host.run('key', 'generate', '--label', 'a');
    expect((await host.run('key', 'remove', 'a')).exit).toBe(2);
    host.person = { answers: [false], questions: [] };
    expect((await host.run('key', 'remove', 'a')).exit).toBe(3);
    expect(await keys()).toHaveLength(1);
  });
});

describe('key passwd', () => {
  it('replaces the passphrase and keeps the label', async () => {
    await host.run('key', 'generate', '--label', 'a');
    await writeFile(file('new'), 'brand new\n');
    expect((await host.run('key', 'passwd', 'a')).exit).toBe(2);
    expect((await host.run('key', 'passwd', 'a', '--new-passphrase-file', 'new')).exit).toBe(0);
    expect((await host.run('key', 'export', 'a')).exit).toBe(1);
    host.env = { ...host.env, COUNTERSIGN_PASSPHRASE: 'brand new' };
    expect((await host.run('key', 'export', 'a')).exit).toBe(0);
    expect(await keys()).toMatchObject([{ label: 'a' }]);
  });
});
