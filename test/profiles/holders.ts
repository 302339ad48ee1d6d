// Keys, signatures and delegations that need a publisher of their own: who may sign, and how what they hold is spelled.
import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type JsonObject, type JsonValue, jsonObject, type PublicKey, type Signer } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import {
  aliased,
  type Bend,
  binFile,
  binFor,
  memberAt,
  roleName,
  type Simulator,
  spread,
  withMember,
  withoutMember,
  withSignatures,
} from '@countersign/testkit';
import { fileOf, held, image, resigned } from '../attacks/victims/story.ts';
import type { Verdict } from '../properties/differentials.ts';
import type { Case } from './cases.ts';

const ed25519 = generateSigner('ed25519');
const ecdsa = generateSigner('ecdsa-p256');
const spelled = (keytype: string, scheme: string, text: string): JsonObject =>
  jsonObject({ keytype, scheme, keyval: jsonObject({ public: text }) });
const publicOf = (signer: Signer): string => String(memberAt(signer.key.object, ['keyval', 'public']));
const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const curve = (namedCurve: string): string => pemOf(generateKeyPairSync('ec', { namedCurve }).publicKey);

/** releases are held by `signer`, whose key is written as `object` under the key id `keyid`. */
const heldAs = (name: string, verdict: Verdict, signer: Signer, object: JsonObject, keyid = 'key'): Case =>
  heldBy(name, verdict, [aliased(signer, keyid, object)], 1);
const heldBy = (name: string, verdict: Verdict, signers: readonly Signer[], threshold: number): Case => ({
  name: `releases held by ${name}`,
  verdict,
  async make(honest) {
    const repository = honest.fork();
    await held(repository, 'releases', signers, threshold);
    return { repository, served: repository.served };
  },
});

/** A PSS signature with the salt that OpenSSL chooses. */
function rsa(bits: number): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const key: PublicKey = { ...ecdsa.key, object: spelled('rsa', 'rsassa-pss-sha256', pemOf(publicKey)) };
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return { key, sign: async (message) => new Uint8Array(sign('sha256', message, { key: privateKey, padding })) };
}

/** A signer whose key nobody here can use: it is listed, and its signature counts zero. */
const foreign: Signer = {
  key: { ...ed25519.key, object: spelled('ml-dsa', 'ml-dsa-65', 'x') },
  sign: async () => Uint8Array.of(1, 2, 3),
};

const signature = (name: string, verdict: Verdict, respell: (hex: string) => string): Case => ({
  name: `a signature ${name}`,
  verdict,
  async make(honest) {
    const file = withSignatures(fileOf(honest, 'timestamp'), (signatures) =>
      signatures.map((one) => withMember(['sig'], respell(String(memberAt(one, ['sig']))))(one)),
    );
    return { repository: honest, served: new Map([...honest.served, ['timestamp.json', file]]) };
  },
});

const scoped = (name: string, verdict: Verdict, prefixes: readonly string[]): Case => ({
  name: `path_hash_prefixes ${name}`,
  verdict,
  async make(honest) {
    const repository = honest.fork();
    const bend: Bend = (tree) =>
      withMember(['delegations', 'roles', 0, 'path_hash_prefixes'], prefixes)(withoutMember(['delegations', 'roles', 0, 'paths'])(tree));
    await resigned(repository, 'targets', { bend });
    return { repository, served: repository.served };
  },
});
const hash = createHash('sha256').update('v1').digest('hex');

/** The root says nothing of `consistent_snapshot`; `copied` files lie where a reader then looks. */
const inconsistent = (name: string, verdict: Verdict, bend: Bend, copied: readonly string[]): Case => ({
  name,
  verdict,
  async make(honest) {
    const repository: Simulator = honest.fork();
    await resigned(repository, 'root', { bend });
    const copies = copied.map((role) => [`${role}.json`, fileOf(repository, role as 'targets')] as const);
    return { repository, served: new Map([...repository.served, ...copies]) };
  },
});
/** `releases` leaves its names to four bins, and what says so is bent. */
const binned = (name: string, verdict: Verdict, bend: Bend = (tree) => tree): Case => ({
  name: `succinct_roles ${name}`,
  verdict,
  async make(honest) {
    const repository = honest.fork();
    await spread(repository, 'releases', { bits: 2 });
    await binFile(repository, binFor(repository, 'releases', 'v1'), { v1: image('v1').entry });
    await repository.next('targets', roleName('releases'), { targets: new Map() }, { bend });
    await repository.advance();
    return { repository, served: repository.served };
  },
});
const bins = (member: string): readonly string[] => ['delegations', 'succinct_roles', member];

const CONSISTENT: readonly string[] = ['snapshot', 'targets', 'releases'];
const twice = (signer: Signer, object: JsonObject): readonly Signer[] => [signer, aliased(signer, 'again', object)];
const owner: JsonValue = 'somebody';

export const HOLDERS: readonly Case[] = [
  heldAs('ed25519 as itself', 'accepted', ed25519, ed25519.key.object),
  heldAs('ecdsa as itself', 'accepted', ecdsa, ecdsa.key.object),
  heldAs('ecdsa by its older key type', 'accepted', ecdsa, withMember(['keytype'], 'ecdsa-sha2-nistp256')(ecdsa.key.object)),
  (({ key, sign: signs }) => heldAs('RSA of 2,048 bits', 'accepted', { key, sign: signs }, key.object))(rsa(2048)),
  heldAs('a key id that is no hash', 'accepted', ed25519, ed25519.key.object, 'any name'),
  heldAs('a key with an unknown member', 'accepted', ed25519, withMember(['x-owner'], owner)(ed25519.key.object)),
  heldBy('a key of a type nobody knows, and another', 'accepted', [ed25519, aliased(foreign, 'pq')], 1),
  heldBy('a key of a type nobody knows, alone', 'signature', [aliased(foreign, 'pq')], 1),
  heldBy('a key of a type nobody knows, as one of two', 'signature', [ed25519, aliased(foreign, 'pq')], 2),
  heldBy('one key under two key ids, as two', 'signature', twice(ed25519, ed25519.key.object), 2),
  heldBy('one key in two spellings, as two', 'signature', twice(ecdsa, spelled('ecdsa', 'ecdsa-sha2-nistp256', `${publicOf(ecdsa)}\n`)), 2),
  heldAs('ed25519 in upper-case hex', 'signature', ed25519, spelled('ed25519', 'ed25519', publicOf(ed25519).toUpperCase())),
  heldAs('ed25519 under the scheme of ecdsa', 'signature', ed25519, spelled('ed25519', 'ecdsa-sha2-nistp256', publicOf(ed25519))),
  heldAs('ecdsa under the scheme of ed25519', 'signature', ecdsa, spelled('ed25519', 'ed25519', publicOf(ecdsa))),
  heldAs('P-384 under P-256', 'signature', ecdsa, spelled('ecdsa', 'ecdsa-sha2-nistp256', curve('P-384'))),
  heldAs('secp256k1 under P-256', 'signature', ecdsa, spelled('ecdsa', 'ecdsa-sha2-nistp256', curve('secp256k1'))),
  (({ key, sign: signs }) => heldAs('RSA of 1,024 bits', 'signature', { key, sign: signs }, key.object))(rsa(1024)),
  heldAs('an ed25519 key of small order', 'signature', ed25519, spelled('ed25519', 'ed25519', `01${'00'.repeat(31)}`)),
  heldAs('an ed25519 key that is no point', 'signature', ed25519, spelled('ed25519', 'ed25519', `02${'00'.repeat(31)}`)),
  signature('as it was', 'accepted', (hex) => hex),
  signature('in upper case', 'signature', (hex) => hex.toUpperCase()),
  signature('with something behind', 'signature', (hex) => `${hex}zz`),
  signature('with a byte behind', 'signature', (hex) => `${hex}00`),
  signature('with white space', 'signature', (hex) => ` ${hex}`),
  signature('in base64', 'signature', (hex) => Buffer.from(hex, 'hex').toString('base64')),
  signature('cut off', 'signature', (hex) => hex.slice(0, 64)),
  scoped('that the hash starts with', 'accepted', [hash.slice(0, 3)]),
  scoped('of nothing, which is all', 'accepted', ['']),
  scoped('that the hash does not start with', 'unsigned', [hash.startsWith('0') ? '1' : '0']),
  scoped('in upper case', 'unsigned', [hash.toUpperCase()]),
  binned('as the publisher writes them', 'accepted'),
  binned('beside an empty list of roles', 'malformed', withMember(['delegations', 'roles'], [])),
  ...[0, 33, -1, '2', true, null].map((bits) =>
    binned(`of bit_length ${JSON.stringify(bits)}`, 'malformed', withMember(bins('bit_length'), bits)),
  ),
  binned('without a name_prefix', 'malformed', withoutMember(bins('name_prefix'))),
  binned('with a threshold of 0', 'malformed', withMember(bins('threshold'), 0)),
  binned('whose keys cannot meet the threshold', 'signature', withMember(bins('threshold'), 2)),
  inconsistent('consistent_snapshot absent', 'accepted', withoutMember(['consistent_snapshot']), CONSISTENT),
  inconsistent('consistent_snapshot false', 'accepted', withMember(['consistent_snapshot'], false), CONSISTENT),
  inconsistent('consistent_snapshot as text', 'malformed', withMember(['consistent_snapshot'], 'false'), CONSISTENT),
];
