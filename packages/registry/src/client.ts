// The registry client. It believes the bytes it hashed: `Docker-Content-Digest`, `ETag` and tags are what somebody says.
import { type Cryptography, type Digest, digestOf, parseDigest, parseTag } from '@countersign/core';
import type { HttpClient } from '@countersign/http';
import { createAuthorizer } from './authorize.ts';
import type { CredentialSource } from './credentials/credential.ts';
import { RegistryError, statusError } from './errors.ts';
import { listTags } from './list-tags.ts';
import { ACCEPT, checkManifest } from './media-types.ts';
import { putBlob, putManifest } from './push.ts';
import type { Realms } from './realm.ts';
import { createSession } from './session.ts';

/** A repository on a registry; an ImageReference is one. */
export interface RepositoryAddress {
  readonly host: string;
  readonly repository: string;
}

/** A manifest on a registry. */
export interface ManifestAddress extends RepositoryAddress {
  /** A tag, or a digest. */
  readonly reference: string;
}

/** A manifest or an index, exactly as it was served. */
export interface Manifest {
  readonly bytes: Uint8Array;
  /** Of its reply, without parameters; the body says the same or nothing. */
  readonly mediaType: string;
  /** Computed from `bytes`. */
  readonly digest: Digest;
}

/** Every method throws RegistryError, and FetchError when the registry did not answer. Requests may run at once. */
export interface Registry {
  /** The manifest or index of at most 4 MiB at a tag or digest; for a digest, bytes that hash to another are `mismatch`. */
  manifest(address: ManifestAddress): Promise<Manifest>;
  /** A blob of at most `maxLength` bytes; bytes that hash to another digest are `mismatch`. */
  blob(address: RepositoryAddress & { readonly digest: Digest }, maxLength: number): Promise<Uint8Array>;
  /** Every tag, in the registry's order. */
  tags(address: RepositoryAddress): Promise<readonly string[]>;
  /** Uploads a blob unless it is there; gives its digest. */
  putBlob(address: RepositoryAddress, bytes: Uint8Array): Promise<Digest>;
  /** Uploads a manifest under a tag or its digest, after its blobs; gives its digest. */
  putManifest(address: ManifestAddress, manifest: { readonly bytes: Uint8Array; readonly mediaType: string }): Promise<Digest>;
}

export interface RegistryOptions {
  readonly http: HttpClient;
  readonly credentials: CredentialSource;
  /** Whether registries that are not on loopback may be spoken to without TLS; `http` must be made with the same word. */
  readonly plainHttp: 'loopback-only' | 'unsafe-anywhere';
  readonly crypto: Cryptography;
  /** Token servers that may see credentials: `PUBLIC_REALMS`, and what the user lists. */
  readonly realms: Realms;
  /** Milliseconds of a clock that only goes forward, for the lives of tokens. */
  readonly now: () => number;
}

const LARGEST_MANIFEST = 4 * 1024 * 1024;

/** `reference` as a digest if it is one. Throws FormatError for what is neither a digest nor a tag. */
const asDigest = (reference: string): Digest | undefined => {
  if (reference.includes(':')) return parseDigest(reference);
  parseTag(reference);
  return undefined;
};

/** Makes a client for any number of registries. */
export function createRegistry({ http, credentials, plainHttp, crypto, realms, now }: RegistryOptions): Registry {
  const session = createSession({ http, plainHttp, authorizer: createAuthorizer({ http, credentials, realms, now }) });
  const purposeOf = ({ host, repository }: RepositoryAddress, actions: 'pull' | 'pull,push') => ({ host, repository, actions });

  async function manifest(address: ManifestAddress): Promise<Manifest> {
    const { host, repository, reference } = address;
    const wanted = asDigest(reference);
    const what = `${host}/${repository}${wanted === undefined ? ':' : '@'}${reference}`;
    const where = `/v2/${repository}/manifests/${reference}`;
    const reply = await session({
      purpose: purposeOf(address, 'pull'),
      method: 'GET',
      where,
      headers: { accept: ACCEPT },
      maxLength: LARGEST_MANIFEST,
    });
    if (reply.status !== 200) throw statusError(what, reply);
    const digest = digestOf(crypto, reply.body);
    if (wanted !== undefined && digest !== wanted)
      throw new RegistryError('mismatch', `${what}: the registry served other bytes, ${digest}`);
    const mediaType = (reply.headers.get('content-type') ?? '').replace(/\s*;.*$/, '').toLowerCase();
    checkManifest(reply.body, mediaType, what);
    return { bytes: reply.body, mediaType, digest };
  }

  async function blob(address: RepositoryAddress & { readonly digest: Digest }, maxLength: number): Promise<Uint8Array> {
    const wanted = parseDigest(address.digest);
    const what = `${address.host}/${address.repository}@${wanted}`;
    const where = `/v2/${address.repository}/blobs/${wanted}`;
    const reply = await session({ purpose: purposeOf(address, 'pull'), method: 'GET', where, maxLength });
    if (reply.status !== 200) throw statusError(what, reply);
    const digest = digestOf(crypto, reply.body);
    if (digest !== wanted) throw new RegistryError('mismatch', `${what}: the registry served other bytes, ${digest}`);
    return reply.body;
  }

  return {
    manifest,
    blob,
    tags: (address) => listTags(session, purposeOf(address, 'pull')),
    putBlob: (address, bytes) => putBlob(session, purposeOf(address, 'pull,push'), bytes, digestOf(crypto, bytes)),
    async putManifest(address, { bytes, mediaType }) {
      const digest = digestOf(crypto, bytes);
      const wanted = asDigest(address.reference);
      if (wanted !== undefined && wanted !== digest)
        throw new RegistryError('mismatch', `${address.host}/${address.repository}@${wanted}: these bytes are ${digest}`);
      await putManifest(session, purposeOf(address, 'pull,push'), address.reference, { bytes, mediaType });
      return digest;
    },
  };
}
