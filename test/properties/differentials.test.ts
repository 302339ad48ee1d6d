// One verdict for each file that implementations are known to read differently.
import { generateKeyPairSync } from 'node:crypto';
import { type JsonObject, jsonObject, type Signer } from '@countersign/core';
import { generateSigner, signerFromPrivateKey } from '@countersign/signers';
import { aliased, memberAt, type Simulator, withMember, withoutHashes, withSignatures } from '@countersign/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileOf, held, pathOf, published, resigned } from '../attacks/victims/story.ts';
import { codeOf, verifyImage } from '../fail-open/setting.ts';
import { DELEGATIONS, type Differential, GLOBS, MEANINGS, SPELLINGS, TEXTS } from './differentials.ts';

let honest: Simulator;
beforeAll(async () => {
  honest = await published(['v1']);
});

async function verdictOn({ role, bend, respell }: Differential): Promise<string> {
  const repository = honest.fork();
  if (respell === undefined) await resigned(repository, role, bend === undefined ? {} : { bend });
  else await resigned(repository, 'snapshot', { bend: withoutHashes }, { timestamp: withoutHashes });
  const served = new Map(repository.served);
  if (respell !== undefined) served.set(pathOf(repository, role), respell(fileOf(repository, role)));
  return codeOf(() => verifyImage(repository, served, undefined)) ?? 'accepted';
}

describe.each([
  ['spelling', SPELLINGS],
  ['text', TEXTS],
  ['meaning', MEANINGS],
  ['delegations', DELEGATIONS],
  ['patterns', GLOBS],
])('%s', (_, differentials) => {
  it.each(differentials.map((differential) => [differential.role, differential.name, differential.verdict, differential] as const))(
    '%s: %s is %s',
    async (_role, _name, verdict, differential) => {
      expect(await verdictOn(differential)).toBe(verdict);
    },
  );
});

describe('keys and signatures', () => {
  /** The verdict on releases held by `signer` as `object`, signed by it. */
  const heldAs = async (signer: Signer, object: JsonObject): Promise<string> => {
    const repository = honest.fork();
    await held(repository, 'releases', [aliased(signer, 'key', object)], 1);
    return codeOf(() => verifyImage(repository, repository.served, undefined)) ?? 'accepted';
  };
  const ed25519 = generateSigner('ed25519');
  const ecdsa = generateSigner('ecdsa-p256');
  const spelled = (keytype: string, scheme: string, text: string): JsonObject =>
    jsonObject({ keytype, scheme, keyval: jsonObject({ public: text }) });
  const publicOf = (signer: Signer): string => String(memberAt(signer.key.object, ['keyval', 'public']));
  const pem = (type: 'rsa' | 'ec', options: object): string =>
    generateKeyPairSync(type as 'rsa', options as { modulusLength: number })
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString();

  it.each<readonly [string, () => Promise<string>, string]>([
    ['ed25519 as itself', () => heldAs(ed25519, ed25519.key.object), 'accepted'],
    ['ecdsa as itself', () => heldAs(ecdsa, ecdsa.key.object), 'accepted'],
    ['ecdsa by its older key type', () => heldAs(ecdsa, withMember(['keytype'], 'ecdsa-sha2-nistp256')(ecdsa.key.object)), 'accepted'],
    ['ed25519 in upper-case hex', () => heldAs(ed25519, spelled('ed25519', 'ed25519', publicOf(ed25519).toUpperCase())), 'signature'],
    ['ed25519 under the scheme of ecdsa', () => heldAs(ed25519, spelled('ed25519', 'ecdsa-sha2-nistp256', publicOf(ed25519))), 'signature'],
    ['ecdsa under the scheme of ed25519', () => heldAs(ecdsa, spelled('ed25519', 'ed25519', publicOf(ecdsa))), 'signature'],
    [
      'ecdsa on P-384 under P-256',
      () => heldAs(ecdsa, spelled('ecdsa', 'ecdsa-sha2-nistp256', pem('ec', { namedCurve: 'P-384' }))),
      'signature',
    ],
    [
      'ecdsa on secp256k1 under P-256',
      () => heldAs(ecdsa, spelled('ecdsa', 'ecdsa-sha2-nistp256', pem('ec', { namedCurve: 'secp256k1' }))),
      'signature',
    ],
    ['RSA of 1,024 bits', () => heldAs(ecdsa, spelled('rsa', 'rsassa-pss-sha256', pem('rsa', { modulusLength: 1024 }))), 'signature'],
    ['an ed25519 key of small order', () => heldAs(ed25519, spelled('ed25519', 'ed25519', `01${'00'.repeat(31)}`)), 'signature'],
    ['an ed25519 key of zeros', () => heldAs(ed25519, spelled('ed25519', 'ed25519', '00'.repeat(32))), 'signature'],
    ['an ed25519 key that is no point', () => heldAs(ed25519, spelled('ed25519', 'ed25519', `02${'00'.repeat(31)}`)), 'signature'],
    ['a private key', () => heldAs(ecdsa, spelled('ecdsa', 'ecdsa-sha2-nistp256', privatePem())), 'signature'],
    ['a key of a type nobody knows', () => heldAs(ed25519, spelled('ml-dsa', 'ml-dsa-65', publicOf(ed25519))), 'signature'],
  ])('%s', async (_, run, verdict) => {
    expect(await run()).toBe(verdict);
  });

  it.each<readonly [string, (hex: string) => string, string]>([
    ['upper case', (hex) => hex.toUpperCase(), 'signature'],
    ['something behind', (hex) => `${hex}zz`, 'signature'],
    ['a byte behind', (hex) => `${hex}00`, 'signature'],
    ['white space', (hex) => ` ${hex}`, 'signature'],
    ['0x before', (hex) => `0x${hex}`, 'signature'],
    ['base64', (hex) => Buffer.from(hex, 'hex').toString('base64'), 'signature'],
    ['half of it', (hex) => hex.slice(0, 64), 'signature'],
    ['as it was', (hex) => hex, 'accepted'],
  ])('a signature with %s', (_, respell, verdict) => {
    const file = withSignatures(fileOf(honest, 'timestamp'), ([first]) =>
      first === undefined ? [] : [withMember(['sig'], respell(String(memberAt(first, ['sig']))))(first)],
    );
    const served = new Map([...honest.served, ['timestamp.json', file]]);
    expect(codeOf(() => verifyImage(honest, served, undefined)) ?? 'accepted').toBe(verdict);
  });

  // S and its order minus S verify alike everywhere: nothing may be told apart by the bytes of a signature.
  it('an ECDSA signature and its twin count as one key', async () => {
    const repository = honest.fork();
    const twin: Signer = { key: ecdsa.key, sign: async (message) => twinOf(await ecdsa.sign(message)) };
    await held(repository, 'releases', [twin], 1);
    expect(codeOf(() => verifyImage(repository, repository.served, undefined))).toBeUndefined();
    const both = honest.fork();
    await held(both, 'releases', [ecdsa, aliased(twin, 'twin')], 2);
    expect(codeOf(() => verifyImage(both, both.served, undefined))).toBe('signature');
  });
});

function privatePem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(signerFromPrivateKey(privateKey).key.keyid).toHaveLength(64);
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The DER of (r, n-s). */
function twinOf(der: Uint8Array): Uint8Array {
  const integer = (at: number): bigint => BigInt(`0x${Buffer.from(der.subarray(at + 2, at + 2 + (der[at + 1] ?? 0))).toString('hex')}`);
  const r = integer(2);
  const s = integer(4 + (der[3] ?? 0));
  const parts = [r, ORDER - s].map((value) => {
    const hex = value.toString(16);
    const even = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
    const positive = (even[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), even]) : even;
    return Buffer.concat([Buffer.of(2, positive.length), positive]);
  });
  const body = Buffer.concat(parts);
  return new Uint8Array(Buffer.concat([Buffer.of(0x30, body.length), body]));
}
