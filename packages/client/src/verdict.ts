// What a verification answers with when it does not throw.
import type { Digest, Fingerprint, Gun, Instant, JsonObject, RoleName, Version } from '@countersign/core';

/** An image as somebody asks for it; at least one of tag and digest. With both, both must hold. */
export interface ImageName {
  readonly gun: Gun;
  readonly tag?: string;
  readonly digest?: Digest;
}

/**
 * Where manifests come from: usually a registry. `bytes` must be the body exactly as it arrived; it is hashed here, so nothing
 * that the source says about its digest matters. `mediaType` is the Content-Type of the answer. Must throw, never answer
 * something else, when the registry has no such tag.
 */
export interface ManifestSource {
  manifest(image: { readonly gun: Gun; readonly tag: string }): Promise<{ readonly bytes: Uint8Array; readonly mediaType: string }>;
}

/** A file to hold against a signed entry: its bytes, or what hashing them gave. */
export type FileFacts = { readonly bytes: Uint8Array } | { readonly digest: Digest; readonly length: number };

/** Trusted, and why. */
export interface Verdict {
  readonly gun: Gun;
  /** The signed name that holds: the tag, or the name of the file. */
  readonly name: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly length: number;
  /** As signed; undefined for files and for entries signed by tools that do not state it. */
  readonly mediaType: string | undefined;
  /** What was signed along with it; ours is the member `countersign`. */
  readonly custom: JsonObject | undefined;
  /** The role that signed the entry. */
  readonly role: RoleName;
  /** The keys that signed that role. */
  readonly signers: readonly Fingerprint[];
  /** The repository's id where metadata is bound to it, otherwise the pinned root (`sha256:HEX@N`); undefined without either. */
  readonly identity: string | undefined;
  readonly bound: boolean;
  readonly rootVersion: Version;
  /** Until when this answer can be shown to be fresh. */
  readonly timestampExpires: Instant;
}
