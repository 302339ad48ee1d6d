// What a server of Notary has stored, serves and remembers to whom it belongs.
import {
  digestOf,
  type Gun,
  type JsonObject,
  jsonObject,
  notary,
  parseVersion,
  type ReviewAnswer,
  type ReviewNeed,
  type RoleName,
  type Sealed,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';

const crypto = nativeCryptography();

export class NotaryShelf {
  /** The newest file of each role. */
  files: Map<RoleName, Sealed> = new Map();
  /** Path below the metadata base to bytes, old files included. */
  readonly served: Map<string, Uint8Array> = new Map();
  /** `KIND DIGEST` to the name that claimed it first. */
  readonly claims: Map<string, Gun> = new Map();

  /** Puts a file where a server would, unjudged. */
  store(name: RoleName, bytes: Uint8Array, version: number): void {
    const sealed = { name, version: parseVersion(version, 'version'), bytes, digest: digestOf(crypto, bytes) };
    this.files.set(name, sealed);
    const hashes = new Map([['sha256', sealed.digest.slice('sha256:'.length)]]);
    const byHash = notary.path({ role: name, version: undefined, hashes, consistent: true });
    for (const path of [`${name}.json`, `${version}.${name}.json`, byHash]) this.served.set(path, bytes);
  }

  stored(role: RoleName): Uint8Array {
    const file = this.files.get(role);
    if (file === undefined) throw new Error(`${role} is not stored`);
    return file.bytes;
  }

  answer(need: ReviewNeed): ReviewAnswer {
    if (need.need === 'stored') return this.files.get(need.role)?.bytes;
    return need.claims.map(({ kind, digest }) => this.claims.get(`${kind} ${digest}`));
  }
}

/** What a file of Notary says of another. */
export function notaryMetaOf(bytes: Uint8Array): JsonObject {
  const hash = Buffer.from(crypto.digest('sha256', bytes)).toString('base64');
  return jsonObject({ hashes: jsonObject({ sha256: hash }), length: bytes.length });
}
