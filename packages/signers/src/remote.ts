// Keys in a signing service. It judges what it signs, so a request brings its evidence along, and this is no plain Signer. Nothing that the
// service answers is taken as it stands: a key is read and named anew, and a signature is verified before anybody gets it.
import {
  type Dialect,
  decodeBase64,
  encodeBase64,
  encodeCanonical,
  equalBytes,
  type Gun,
  type JsonObject,
  jsonObject,
  memberInteger,
  memberObject,
  memberString,
  notary,
  type PublicKey,
  portable,
  type RoleName,
  tuf,
} from '@countersign/core';
import { checkedSignature } from './checked-signature.ts';
import { KeyError } from './errors.ts';
import { nodeKeyOf, publicKeyOf } from './public-key.ts';
import { type RemotePlace, remotePost } from './remote-post.ts';

/** Which role of which repository is meant. */
export interface RemoteKeyName {
  readonly gun: Gun;
  readonly dialect: 'tuf' | 'notary';
  readonly role: 'timestamp' | 'snapshot';
}

export interface RemoteKey {
  /** Counts the rotations, from 1. */
  readonly generation: number;
  readonly key: PublicKey;
}

export interface RemoteRequest extends RemoteKeyName {
  readonly by: RemoteKey;
  /** The canonical bytes of `signed`. */
  readonly payload: Uint8Array;
  /** What the publisher uploaded, and the accepted files that it is judged beside. */
  readonly upload: ReadonlyMap<RoleName, Uint8Array>;
  readonly standing: ReadonlyMap<RoleName, Uint8Array>;
}

/**
 * All methods throw KeyError: `signer-refused` when the service says no (`details.refusal` is its code), `signer-failed` when it is gone, late,
 * or answers what does not verify.
 */
export interface RemoteSigning {
  /** The key in force. */
  key(name: RemoteKeyName): Promise<RemoteKey>;
  /** The key that the next root may name. */
  nextKey(name: RemoteKeyName): Promise<RemoteKey>;
  sign(request: RemoteRequest): Promise<Uint8Array>;
  close(): void;
}

const DIALECTS: Readonly<Record<RemoteKeyName['dialect'], Dialect>> = { tuf, notary };

// Only for its digests.
const hashing = portable();

export function remoteSigning(place: RemotePlace): RemoteSigning {
  const { post, close } = remotePost(place);
  const asked = async (path: string, { gun, dialect, role }: RemoteKeyName): Promise<RemoteKey> => {
    const answer = await post(path, { gun, dialect, role });
    return understood(() => keyIn(answer, DIALECTS[dialect]));
  };
  return {
    key: (name) => asked('/v1/keys/create', name),
    nextKey: (name) => asked('/v1/keys/rotate', name),
    async sign({ gun, dialect, role, by, payload, upload, standing }) {
      const evidence = { upload: inBase64(upload), standing: inBase64(standing) };
      const body = { gun, dialect, role, generation: by.generation, payload: encodeBase64(payload), evidence };
      const answer = await post('/v1/sign', body);
      const signature = understood(() => decodeBase64(memberString(answer, 'signature', 'answer')));
      return checkedSignature(nodeKeyIn(by.key.object, DIALECTS[dialect]), payload, signature, 'the signing service');
    },
    close,
  };
}

const inBase64 = (files: ReadonlyMap<RoleName, Uint8Array>) =>
  Object.fromEntries([...files].map(([role, bytes]) => [role, encodeBase64(bytes)]));

function keyIn(answer: JsonObject, dialect: Dialect): RemoteKey {
  const object = memberObject(memberObject(answer, 'key', 'answer'), 'object', 'key');
  const { fingerprint, scheme } = publicKeyOf(nodeKeyIn(object, dialect));
  // In the spelling of the dialect, with no other member: what a root will hold.
  const spelled = dialect.spellKey(dialect.readKey(object, hashing), hashing);
  if (!equalBytes(encodeCanonical(spelled.object), encodeCanonical(object)))
    throw new KeyError('signer-failed', 'a key that is spelled otherwise');
  return { generation: memberInteger(answer, 'generation', 'answer'), key: { ...spelled, fingerprint, scheme } };
}

function nodeKeyIn(object: JsonObject, dialect: Dialect) {
  const { keytype, scheme, public: text } = dialect.readKey(object, hashing);
  return nodeKeyOf(jsonObject({ keytype, scheme, keyval: jsonObject({ public: text }) }));
}

function understood<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    throw new KeyError('signer-failed', 'the signing service answered what cannot be understood', { cause });
  }
}
