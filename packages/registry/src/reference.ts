// Image references as people type them, read as Docker reads them: `alpine` is `docker.io/library/alpine`. Two readers that
// disagree on the host would verify one image and pull another.
import { type Digest, excerpt, FormatError, type Gun, parseDigest, parseGun, parseTag } from '@countersign/core';

/** An image reference, normalised. */
export interface ImageReference {
  /** `docker.io`, or `name[:port]` without `:443`: the first part of the GUN. */
  readonly host: string;
  /** `library/alpine`: the rest of the GUN. */
  readonly repository: string;
  /** `host/repository`. */
  readonly gun: Gun;
  /** Only what was written: see `withDefaultTag`. */
  readonly tag?: string;
  readonly digest?: Digest;
}

const HUB = 'docker.io';
const LONGEST = 500; // a name of 255, a tag of 128, a digest of 71 and what separates them
// RFC 1123 labels. Docker allows neither underscores in a host nor, as we read it, IPv6 literals.
const HOST_NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[1-9][0-9]{0,4})?$/;

const refuse = (reason: string, text: string): FormatError =>
  new FormatError('invalid-name', `image reference ${reason}, got ${excerpt(text)}`);

/** Whether the part before the first slash is a host: Docker's rule is a dot, a port, or exactly `localhost`. */
const looksLikeHost = (part: string): boolean => /[.:]/.test(part) || part === 'localhost';

/** `host` without a trailing dot and without `:443`, unless that port is all that makes it a host. */
function normalHost(part: string, text: string): string {
  const [, name = '', port = ''] = /^(.*?)\.?(:\d+)?$/.exec(part) ?? [];
  if (name === 'index.docker.io' || name === HUB) return port === '' || port === ':443' ? HUB : `${name}${port}`;
  const host = port === ':443' && looksLikeHost(name) ? name : `${name}${port}`;
  if (!looksLikeHost(host)) throw refuse('needs a host with a dot or a port', text);
  if (!HOST_NAME.test(host)) throw refuse('needs a host like registry.example.com:5000', text);
  return host;
}

/** Why nobody can read `text`, said before the grammar gives its general answer. */
function objection(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (text.length > LONGEST) return `is longer than ${LONGEST} characters`;
  if (text.includes('://')) return 'has no https:// before the host';
  if (/^[0-9a-f]{64}$/.test(text)) return 'cannot be 64 hex digits: that is an image id';
  return undefined;
}

function parseParts(name: string, text: string): { host: string; path: string; tag: string | undefined } {
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const tag = colon < 0 ? undefined : parseTag(name.slice(colon + 1));
  const bare = colon < 0 ? name : name.slice(0, colon);
  if (/[A-Z]/.test(bare)) throw refuse('must be in lower case before the tag', text);
  const slash = bare.indexOf('/');
  const first = bare.slice(0, Math.max(0, slash));
  if (!looksLikeHost(first)) return { host: HUB, path: bare, tag };
  return { host: normalHost(first, text), path: bare.slice(slash + 1), tag };
}

/**
 * Reads `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`. Throws FormatError `invalid-name` for anything that Docker would not read, and
 * for upper case in a host, an IPv6 host and a digest that is not sha256.
 */
export function parseReference(text: string): ImageReference {
  const reason = objection(text);
  if (reason !== undefined) throw refuse(reason, text);
  const at = text.indexOf('@');
  const { host, path, tag } = parseParts(at < 0 ? text : text.slice(0, at), text);
  if (path === '') throw refuse('names no repository', text);
  const repository = host === HUB && !path.includes('/') ? `library/${path}` : path;
  const gun = parseGun(`${host}/${repository}`);
  return { host, repository, gun, ...(tag === undefined ? {} : { tag }), ...(at < 0 ? {} : { digest: readDigest(text.slice(at + 1)) }) };
}

function readDigest(text: string): Digest {
  try {
    return parseDigest(text);
  } catch (error) {
    throw new FormatError('invalid-name', `image reference needs a digest of sha256: and 64 lower-case hex digits, got ${excerpt(text)}`, {
      cause: error,
    });
  }
}

/** `reference` with the tag `latest` where neither a tag nor a digest was written. */
export function withDefaultTag(reference: ImageReference): ImageReference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference;
}

/** The one spelling of a reference: `docker.io/library/alpine:3.20@sha256:...`. */
export function formatReference({ gun, tag, digest }: Pick<ImageReference, 'gun' | 'tag' | 'digest'>): string {
  return `${gun}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** `name[:port]` of the server that holds the images of `host`: Docker Hub's registry is not at the name it goes by. */
export const registryAuthority = (host: string): string => (host === HUB ? 'registry-1.docker.io' : host);
