// What a person calls things: images as docker reads them, repositories, and files by GUN:NAME.
import { FormatError, type Gun, isPlainPattern, parseGun, parseTargetPath } from '@countersign/core';
import { type ImageReference, parseReference, withDefaultTag } from '@countersign/registry';
import { DIALECTS, dialectOf } from './dialect.ts';
import { UsageError } from './errors.ts';
import { typed } from './given.ts';
import { hostOf } from './host-of.ts';
import type { Call } from './tree/spec.ts';

/** A repository, taken as it is written. Only where `call` says that it is of another dialect may its name be wider. */
export function typedGun(text: string, call: Asked): Gun {
  const read = (words: string): Gun =>
    inEither(
      words,
      () => parseGun(words),
      () => DIALECTS[dialectOf(call, words)].parseGun(words),
    );
  return readName('the repository name', text, read, nearlyGun);
}

type Asked = Pick<Call, 'world' | 'given'>;

/** Nearly every name is one of TUF, and then nobody has to be asked. */
function inEither(text: string, usual: () => Gun, otherwise: () => Gun): Gun {
  try {
    return usual();
  } catch (error) {
    if (!(error instanceof FormatError) || text === '') throw error;
    return otherwise();
  }
}

/** An image, normalised; `latest` where neither tag nor digest is written. */
export const typedImage = (text: string): ImageReference =>
  readName('the image name', text, (words) => withDefaultTag(parseReference(words)), nearlyImage);

/** Throws UsageError, which asks whether another spelling was meant when that one can be read. It is never taken unasked. */
function readName<Name>(what: string, text: string, read: (text: string) => Name, nearly: (text: string) => string): Name {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const meant = nearly(text);
    const next = meant !== text && canRead(meant, read) ? `did you mean ${meant}?` : `correct ${what}`;
    throw new UsageError('bad-arguments', `${what}: ${error.message}`, { cause: error, next });
  }
}

function canRead(text: string, read: (text: string) => unknown): boolean {
  try {
    read(text);
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** An address copied from a browser, with white space around it. */
const bareName = (text: string): string =>
  text
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/+$/, '');

/** An image where a repository is wanted, or capitals, which no repository has. */
function nearlyGun(text: string): string {
  const [name = ''] = bareName(text).split('@', 1);
  // A pin in the place of the repository is no misspelt name.
  if (name.startsWith('sha256:')) return text;
  return name.replace(/:[^/:]*$/, '').toLowerCase();
}

/** Tags may have capitals; hosts, repositories and digests have none. */
function nearlyImage(text: string): string {
  const [name = '', ...digest] = bareName(text).split('@');
  const [, before = name, tag = ''] = /^(.*?)(:[^/:]*)?$/s.exec(name) ?? [];
  const hex = digest.map((one) => one.toLowerCase().replace(/^(?=[0-9a-f]{64}$)/, 'sha256:'));
  return [`${before.toLowerCase()}${tag}`, ...hex].join('@');
}

/** What to say beside a name without a host that nothing is known of: an image of that name is called otherwise. */
export function otherReading(gun: Gun): string {
  return hostOf(gun) === undefined ? `; an image of this name is ${typed('the repository name', () => parseReference(gun)).gun}` : '';
}

/** A pattern of names that a role may sign. It can only be given once: one that no name matches is told before. */
export function typedPattern(option: string, text: string): string {
  if (text.includes('**')) {
    throw new UsageError('bad-arguments', `${text.slice(0, 80)}: a * stands for one segment, and nothing for several`, {
      next: `give a pattern for each depth: ${option} "docs/*" ${option} "docs/*/*"`,
    });
  }
  // TUF names * and ? alone; what else a glob may hold, every client reads in its own way.
  if (!isPlainPattern(text)) {
    throw new UsageError('bad-arguments', `${option}: clients read the pattern ${text.slice(0, 80)} differently, only * and ? are safe`, {
      next: 'give several plain patterns in its place',
    });
  }
  typed(option, () => parseTargetPath(text.replaceAll('*', 'x')));
  return text;
}

/** A signed name of a repository. */
export interface NamedFile {
  readonly gun: Gun;
  readonly name: string;
}

/** `GUN:NAME`. A GUN ends at the first colon that is not a port followed by a slash. */
export function typedFile(text: string, call: Asked): NamedFile {
  const { before, behind } = splitName(text);
  if (behind === undefined) throw new UsageError('bad-arguments', `wanted GUN:NAME, got ${text.slice(0, 80)}`);
  const gun = typedGun(before, call);
  const name = typed('the name behind the colon', () => parseTargetPath(behind));
  refuseReserved(gun, name);
  return { gun, name };
}

/** Names that mean something else: a file under one of them would deny a digest, or look like an image. */
function refuseReserved(gun: Gun, name: string): void {
  if (name.startsWith('.revoked/')) {
    throw new UsageError('bad-arguments', `${name.slice(0, 80)} is the place of a denial, not of a file`, {
      next: `countersign revoke ${gun}@sha256:… denies a digest, with --undo it is allowed again`,
    });
  }
  if (/@sha256:[0-9a-f]*$/.test(name)) {
    throw new UsageError('bad-arguments', `wanted GUN:NAME for a file, got a digest behind the name`, {
      next: `name the file alone: ${gun}:${name.replace(/@sha256:[0-9a-f]*$/, '').slice(0, 80)}`,
    });
  }
}

/** The words on both sides of that colon. */
export function splitName(text: string): { readonly before: string; readonly behind: string | undefined } {
  const port = /^[^/:]*:[0-9]+(?=\/)/.exec(text)?.[0].length ?? 0;
  const colon = text.indexOf(':', port);
  return colon < 0 ? { before: text, behind: undefined } : { before: text.slice(0, colon), behind: text.slice(colon + 1) };
}
