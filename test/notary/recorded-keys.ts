// The server keys of the recording, so that what its clients uploaded can be uploaded again, byte for byte: their roots name those keys.
// Nobody has the private halves: what is signed here verifies under no key, and no claim of the replay is about such a signature.
import { isJsonObject, type JsonObject, memberObject, memberString, notary, readJson, type Signer } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { generateSigner } from '@countersign/signers';
import type { ServerKeyring } from '@countersign/trust-server';
import { type Exchange, exchanges, partsIn } from '../vectors/notary-traces.ts';
import { signerWithoutHand } from './public-half.ts';

const crypto = nativeCryptography();
const HAND = { ed25519: generateSigner('ed25519'), ecdsa: generateSigner('ecdsa-p256') };

/** What a repository is called in an address of the recording. */
const gunOf = ({ request }: Exchange): string | undefined => /^\/v2\/(.+)\/_trust\/(?:tuf|changefeed)/.exec(request.target)?.[1];

/** For each repository and role, the keys in the order in which accepted roots named them, then those that were only ever asked for. */
function recordedKeys(): ReadonlyMap<string, readonly (JsonObject | undefined)[]> {
  const asked = new Map<string, JsonObject[]>();
  for (const exchange of exchanges) {
    const role = /\/(snapshot|timestamp)\.key$/.exec(exchange.request.target)?.[1];
    if (role !== undefined && exchange.response.status === 200) add(asked, `${gunOf(exchange)} ${role}`, objectIn(exchange.response.body));
  }
  const named = new Map<string, JsonObject[]>();
  // Who asked for the key to rotate to before there was one in force asked for the second.
  const rotatedFirst = new Set([...asked.keys()].filter((place) => firstAsked(place) === 'POST'));
  for (const exchange of exchanges) {
    const root = exchange.response.status === 200 ? partsIn(exchange).find(({ role }) => role === 'root') : undefined;
    if (root === undefined) continue;
    const signed = memberObject(objectIn(root.bytes.toString()), 'signed', 'root');
    for (const role of ['snapshot', 'timestamp']) {
      const key = keyOf(signed, role);
      const place = `${gunOf(exchange)} ${role}`;
      if (role === 'timestamp' || asked.get(place)?.some((known) => idOf(known) === idOf(key)) === true) add(named, place, key);
    }
  }
  for (const [place, keys] of asked) for (const key of keys) add(named, place, key);
  return new Map([...named].map(([place, keys]) => [place, rotatedFirst.has(place) ? [undefined, ...keys] : keys]));
}

function firstAsked(place: string): string | undefined {
  const [gun, role] = place.split(' ');
  const told = exchanges.filter(({ request, response }) => response.status === 200 && request.target.endsWith(`/${role}.key`));
  return told.find((exchange) => gunOf(exchange) === gun)?.request.method;
}

const KEYS = recordedKeys();

export const recordedKeyring: ServerKeyring = {
  signer({ gun }, role, generation) {
    const object = KEYS.get(`${gun} ${role}`)?.[generation - 1];
    return object === undefined ? anyKey(`${gun} ${role} ${generation}`) : standIn(object);
  },
};

function standIn(object: JsonObject): Signer {
  const { key } = signerWithoutHand(object);
  const hand = key.scheme === 'ed25519' ? HAND.ed25519 : HAND.ecdsa;
  return { key, sign: hand.sign };
}

const made = new Map<string, Signer>();

/** A key of which the recording tells nothing: any will do, and always the same one. */
function anyKey(place: string): Signer {
  const known = made.get(place);
  if (known !== undefined) return known;
  const { key, sign } = generateSigner('ed25519');
  const spelling = {
    keytype: 'ed25519',
    scheme: key.scheme,
    public: memberString(memberObject(key.object, 'keyval', 'key'), 'public', 'key'),
  };
  const signer = { key: { ...key, ...notary.spellKey(spelling, crypto) }, sign };
  made.set(place, signer);
  return signer;
}

function keyOf(root: JsonObject, role: string): JsonObject {
  const [keyid] = memberObject(memberObject(root, 'roles', 'root'), role, 'roles').get('keyids') as readonly string[];
  return memberObject(memberObject(root, 'keys', 'root'), String(keyid), 'keys');
}

function objectIn(text: string): JsonObject {
  const { value } = readJson(Buffer.from(text), { maxDepth: 64 });
  if (!isJsonObject(value)) throw new Error('wanted an object');
  return value;
}

function idOf(key: JsonObject): string {
  return memberString(memberObject(key, 'keyval', 'key'), 'public', 'key');
}

function add(list: Map<string, JsonObject[]>, place: string, key: JsonObject): void {
  const keys = list.get(place) ?? [];
  if (!keys.some((known) => idOf(known) === idOf(key))) list.set(place, [...keys, key]);
}
