// Brands make a checked string or number a type of its own. Each brand is made by one parser in this room.

declare const brand: unique symbol;
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** A metadata version: a whole number from 1 to 2^53-1 (TUF 1.0.34 §4.3). */
export type Version = Brand<number, 'Version'>;
/** A moment, in milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = Brand<number, 'Instant'>;
/** The globally unique name of a repository, `registry.example.com/team/app`. */
export type Gun = Brand<string, 'Gun'>;
/** The name of a metadata role: one of the four top-level ones, or a delegated role. */
export type RoleName = Brand<string, 'RoleName'>;
/** The identifier by which a delegating file names a key. It identifies nothing outside that file. */
export type KeyId = Brand<string, 'KeyId'>;
/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = Brand<string, 'Digest'>;
/** SHA-256 of a key's SPKI DER, in 64 lower-case hexadecimal digits: what people see and what thresholds count. */
export type Fingerprint = Brand<string, 'Fingerprint'>;
/** The 128 random bits of a repository of ours, in 32 lower-case hexadecimal digits. */
export type RepositoryId = Brand<string, 'RepositoryId'>;
