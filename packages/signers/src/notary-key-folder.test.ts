import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportPrivatePem, generateSigner, KeyError, listNotaryKeys, notaryIdOf, openNotaryKey, openPrivateText } from './index.ts';

const VECTORS = fileURLToPath(new URL('../../../test/vectors/notary-keys/', import.meta.url));
const code = (wanted: string, words = /./): unknown =>
  expect.objectContaining({ name: 'KeyError', code: wanted, message: expect.stringMatching(words) });
const never = async (): Promise<string> => {
  throw new Error('asked for a passphrase');
};

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'countersign-notary-'));
  folder = join(root, 'private');
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A copy of the trust folder that a real program made, with the modes that it had. */
async function copyOf(program: 'notary' | 'docker'): Promise<void> {
  await cp(join(VECTORS, program), root, { recursive: true });
  for (const name of await readdir(folder)) await chmod(join(folder, name), 0o600);
}

const passphraseOf = async ({ role = '' }: { readonly role: string | undefined }): Promise<string> =>
  `worthless-${role.startsWith('targets/') ? 'delegation' : role}`;

describe('the keys of a notary client', () => {
  beforeEach(() => copyOf('notary'));

  it('are listed with role and repository, and without any passphrase', async () => {
    const { keys, unusable } = await listNotaryKeys(root);
    expect(unusable).toEqual([]);
    expect(keys.map(({ keyid, role, gun, isEncrypted }) => [keyid.slice(0, 8), role, gun, isEncrypted])).toEqual([
      ['054d2327', 'snapshot', 'registry.example.com/team/app', true],
      ['27add377', 'targets/rsa1024', undefined, true],
      ['344404f3', 'targets/p384', undefined, true],
      ['766f97ac', 'root', undefined, true],
      ['851d0a12', 'targets/ed25519', undefined, true],
      ['8974bad1', 'targets/rsa', undefined, true],
      ['8cf04c6b', 'targets', 'registry.example.com/team/app', true],
    ]);
  });

  it('open with their passphrases, have the ids that the client gave them, and sign', async () => {
    const schemes: unknown[] = [];
    for (const file of (await listNotaryKeys(root)).keys) {
      if (/p384|rsa1024/.test(file.role ?? '')) continue;
      const { signer, keyid, role, gun } = await openNotaryKey(file, passphraseOf);
      expect({ keyid, role, gun }).toEqual({ keyid: file.keyid, role: file.role, gun: file.gun });
      expect((await signer.sign(new Uint8Array(9))).length).toBeGreaterThan(60);
      schemes.push([role, signer.key.object.get('scheme')]);
    }
    expect(schemes).toEqual([
      ['snapshot', 'ecdsa-sha2-nistp256'],
      ['root', 'ecdsa-sha2-nistp256'],
      ['targets/ed25519', 'ed25519'],
      ['targets/rsa', 'rsassa-pss-sha256'],
      ['targets', 'ecdsa-sha2-nistp256'],
    ]);
  });

  it('do not open with another passphrase, whatever their kind', async () => {
    const { keys } = await listNotaryKeys(root);
    for (const file of keys) {
      for (const wrong of ['', 'x', 'worthless', 'worthless-root ']) {
        await expect(openNotaryKey(file, async () => wrong)).rejects.toThrow(code('wrong-passphrase', /private key/));
      }
    }
  });

  it('are refused on other curves, and when they are too short', async () => {
    const { keys } = await listNotaryKeys(root);
    const open = (role: string): Promise<unknown> => openNotaryKey(keys.find((key) => key.role === role) ?? { path: '' }, passphraseOf);
    await expect(open('targets/p384')).rejects.toThrow(code('unsupported', /secp384r1, wanted/));
    await expect(open('targets/rsa1024')).rejects.toThrow(code('unsupported', /rsa of 1024 bits, wanted 2048/));
  });

  it('are refused under the name of another key, and both are named', async () => {
    const { keys } = await listNotaryKeys(root);
    const [snapshot, , , rootKey] = keys;
    if (snapshot === undefined || rootKey === undefined) throw new Error('no keys');
    await rename(snapshot.path, rootKey.path);
    const { keys: after } = await listNotaryKeys(root);
    const opening = openNotaryKey(after.find(({ keyid }) => keyid === rootKey.keyid) ?? { path: '' }, passphraseOf);
    await expect(opening).rejects.toThrow(code('damaged', new RegExp(`${rootKey.keyid}.*${snapshot.keyid}`)));
  });

  it('are told when they cannot be used, beside the others', async () => {
    const [first = '', second = '', third = ''] = await readdir(folder);
    await chmod(join(folder, first), 0o644);
    await writeFile(join(folder, second), 'no key');
    await rm(join(folder, third));
    await symlink(join(VECTORS, 'notary/private', third), join(folder, third));
    await writeFile(join(folder, 'root.key'), 'x', { mode: 0o600 });
    await writeFile(join(folder, 'notes.txt'), 'x');
    await mkdir(join(folder, 'root_keys'));
    const { keys, unusable } = await listNotaryKeys(root);
    expect(keys).toHaveLength(4);
    expect(unusable.map((error) => [error.code, error.details['path']])).toEqual([
      ['open-permissions', join(folder, first)],
      ['damaged', join(folder, second)],
      ['unsupported', join(folder, third)],
      ['unsupported', join(folder, 'root.key')],
      ['unsupported', join(folder, 'root_keys')],
    ]);
  });
});

describe('the keys of docker', () => {
  it('are listed by the names of their signers, and open', async () => {
    await copyOf('docker');
    const { keys } = await listNotaryKeys(root);
    expect(keys.map(({ role }) => role)).toEqual(['alice', 'bob']);
    for (const file of keys) expect((await openNotaryKey(file, async () => 'worthless-docker')).keyid).toBe(file.keyid);
  });
});

describe('a trust folder', () => {
  it('that does not exist, or was never used, has no keys', async () => {
    expect(await listNotaryKeys(join(root, 'nowhere'))).toEqual({ keys: [], unusable: [] });
    expect(await listNotaryKeys(root)).toEqual({ keys: [], unusable: [] });
  });

  it('may hold keys that are not encrypted: nothing is asked for them', async () => {
    const signer = generateSigner('ecdsa-p256');
    const noted = exportPrivatePem(signer, 'unsafe-plain').replace('KEY-----\n', 'KEY-----\nrole: targets\ngun: a/b\n\n');
    await mkdir(folder);
    await writeFile(join(folder, `${notaryIdOf(signer.key)}.key`), noted, { mode: 0o600 });
    const [file] = (await listNotaryKeys(root)).keys;
    expect(file).toMatchObject({ role: 'targets', gun: 'a/b', isEncrypted: false });
    expect((await openNotaryKey(file ?? { path: '' }, never)).signer.key).toEqual(signer.key);
  });
});

describe('text of a notary client', () => {
  const read = (name: string): Promise<string> => readFile(join(VECTORS, name), 'utf8');

  it('tells which role it asks a passphrase for, and gets a label', async () => {
    const [file = ''] = (await readdir(join(VECTORS, 'notary/private'))).filter((name) => name.startsWith('8cf0'));
    const opened = await openPrivateText(await read(`notary/private/${file}`), file, passphraseOf);
    expect(opened).toMatchObject({
      passphrase: 'worthless-targets',
      label: 'targets of registry.example.com/team/app',
      notary: { keyid: file.slice(0, 64), role: 'targets', gun: 'registry.example.com/team/app' },
    });
  });

  it('may be an exported key, whose path is its id', async () => {
    const text = await read('exported-root.pem');
    expect((await openPrivateText(text, 'x', passphraseOf)).notary?.keyid).toMatch(/^766f97ac/);
    const other = text.replace('path: 7', 'path: 8');
    await expect(openPrivateText(other, 'x', passphraseOf)).rejects.toThrow(code('damaged', /named as key "866f97ac.*holds key 766f97ac/));
  });

  it('is refused when it holds several keys: which one is meant, nobody said', async () => {
    await expect(openPrivateText(await read('exported.pem'), 'x', never)).rejects.toThrow(
      code('unsupported', /2 private keys, wanted one/),
    );
  });

  it('may be a plain key in the older forms', async () => {
    const ed25519 = await openPrivateText(await read('ed25519.pem'), 'x', never);
    expect(notaryIdOf(ed25519.signer.key)).toMatch(/^851d0a12/);
    const rsa = await openPrivateText(await read('rsa.pem'), 'x', never);
    expect(notaryIdOf(rsa.signer.key)).toMatch(/^8974bad1/);
  });

  it('is opened or refused, whatever its bytes, and never as another key', async () => {
    const names = ['766f97ac', '851d0a12', '8974bad1'];
    const files = (await readdir(join(VECTORS, 'notary/private'))).filter((name) => names.includes(name.slice(0, 8)));
    const texts = await Promise.all(files.map(async (name) => [name.slice(0, 64), await read(`notary/private/${name}`)] as const));
    expect(texts).toHaveLength(3);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...texts), fc.nat(), fc.nat(127), async ([keyid, text], place, byte) => {
        const at = place % text.length;
        const bent = text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1);
        try {
          const { signer } = await openPrivateText(bent, 'x', async () =>
            keyid.startsWith('7') ? 'worthless-root' : 'worthless-delegation',
          );
          expect(notaryIdOf(signer.key)).toBe(keyid);
        } catch (error) {
          expect(error).toBeInstanceOf(KeyError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is refused when a half of its key was changed', async () => {
    const body = (await read('ed25519.pem')).split('\n').slice(1, -2).join('');
    for (const at of [0, 31, 32, 63, 64, 95]) {
      const bytes = Buffer.from(body, 'base64');
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      const text = `-----BEGIN ED25519 PRIVATE KEY-----\n${bytes.toString('base64')}\n-----END ED25519 PRIVATE KEY-----\n`;
      await expect(openPrivateText(text, 'x', never)).rejects.toThrow(code('damaged', /halves differ|not of its seed/));
    }
  });

  it.each([
    ['a role that moves a cursor', 'role: a\u001b[2Jb'],
    ['a repository of 300 characters', `gun: ${'a'.repeat(300)}`],
    ['a role twice', 'role: root\nrole: targets'],
  ])('is refused with %s', async (_, line) => {
    const text = exportPrivatePem(generateSigner('ed25519'), 'unsafe-plain').replace('KEY-----\n', `KEY-----\n${line}\n\n`);
    await expect(openPrivateText(text, 'x', never)).rejects.toThrow(code('damaged', /header line/));
  });
});
