// Keys in a signing service. It judges what it signs, so a request brings its evidence along, and this is no plain Signer. Nothing that the
// service answers is taken as it stands: a key is read and named anew, and a signature is verified before anybody gets it.
import {
  type Dialect,
  type Digest,
  decodeBase64,
  encodeBase64,
  encodeCanonical,
  equalBytes,
  FormatError,
  type Gun,
  isJsonObject,
  type JsonObject,
  jsonObject,
  memberArray,
  memberBoolean,
  memberInteger,
  memberObject,
  memberString,
  notary,
  type PublicKey,
  parseRoleName,
  portable,
  type RoleName,
  tuf,
} from '@countersign/core';
import { checkedSignature } from './checked-signature.ts';
import { KeyError } from './errors.ts';
import { nodeKeyOf, publicKeyOf } from './public-key.ts';
import { type RemoteIdentity, type RemotePlace, remotePost } from './remote-post.ts';

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
  /** The caller's own words about the publish, at most 1024 characters. The service keeps them with it, and `unstored` gives them back. */
  readonly note: string;
}

export type RemoteRepository = Pick<RemoteKeyName, 'gun' | 'dialect'>;

/** What the last snapshot was made of. None of it is believed: whoever goes on with it judges the upload anew. */
export interface RemoteUnstored {
  readonly note: string;
  readonly upload: ReadonlyMap<RoleName, Uint8Array>;
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
  /** All keys that a root may name now: those in force first. */
  namable(repository: RemoteRepository): Promise<Readonly<Record<RemoteKeyName['role'], readonly RemoteKey[]>>>;
  sign(request: RemoteRequest): Promise<Uint8Array>;
  /** The publish that the service signed last, when the caller's store has another snapshot than that one, or none. */
  unstored(repository: RemoteRepository, stored: Digest | undefined): Promise<RemoteUnstored | undefined>;
  /** Resolves when the service answers within `patience` milliseconds that it can sign, and knows the caller. */
  ready(patience: number): Promise<void>;
  /** Shows this certificate from now on, and believes these authorities; requests under way end as they began. */
  identify(identity: RemoteIdentity): void;
  close(): void;
}

const DIALECTS: Readonly<Record<RemoteKeyName['dialect'], Dialect>> = { tuf, notary };

// Only for its digests.
const hashing = portable();

export function remoteSigning(place: RemotePlace): RemoteSigning {
  const { post, get, identify, close } = remotePost(place);
  const asked = async (path: string, { gun, dialect, role }: RemoteKeyName): Promise<RemoteKey> => {
    const answer = await post(path, { gun, dialect, role });
    return understood(() => keyIn(answer, DIALECTS[dialect]));
  };
  return {
    key: (name) => asked('/v1/keys/create', name),
    nextKey: (name) => asked('/v1/keys/rotate', name),
    async namable({ gun, dialect }) {
      const answer = await post('/v1/keys/namable', { gun, dialect });
      const of = (role: RemoteKeyName['role']) =>
        memberArray(answer, role, 'answer').map((one) => {
          if (!isJsonObject(one)) throw new FormatError('malformed', 'wanted an object for each key');
          return keyIn(one, DIALECTS[dialect]);
        });
      return understood(() => ({ timestamp: of('timestamp'), snapshot: of('snapshot') }));
    },
    async sign({ gun, dialect, role, by, payload, upload, standing, note }) {
      const evidence = { upload: inBase64(upload), standing: inBase64(standing) };
      const body = { gun, dialect, role, generation: by.generation, payload: encodeBase64(payload), evidence, note };
      const answer = await post('/v1/sign', body);
      const signature = understood(() => decodeBase64(memberString(answer, 'signature', 'answer')));
      return checkedSignature(nodeKeyIn(by.key.object, DIALECTS[dialect]), payload, signature, 'the signing service');
    },
    async unstored({ gun, dialect }, stored) {
      const answer = await post('/v1/repositories/unstored', { gun, dialect, snapshot: stored }, place.longestUpload);
      return understood(() => {
        if (!memberBoolean(answer, 'unstored', 'answer')) return undefined;
        const files = memberObject(answer, 'upload', 'answer');
        const upload = [...files.keys()].map((role) => [parseRoleName(role), decodeBase64(memberString(files, role, 'upload'))] as const);
        return { note: memberString(answer, 'note', 'answer'), upload: new Map(upload) };
      });
    },
    ready: async (patience) => void (await get('/readyz', patience)),
    identify,
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
