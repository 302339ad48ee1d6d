// Binding to the repository and to the role: with a shared key, metadata of one would otherwise be accepted for the other.
import { TrustError } from '../errors.ts';
import type { Parsed } from '../model/metadata.ts';
import type { Gun } from '../names/brand.ts';

/**
 * Throws TrustError('wrong-repository') when `root` is bound and `metadata` is not bound to the same repository, or was signed for a
 * name that is none of its names.
 */
export function checkSameRepository(metadata: Parsed, root: Parsed<'root'>): void {
  const wanted = root.content.binding;
  if (wanted === undefined) return;
  const got = metadata.content.binding;
  const what = `${metadata.name} v${metadata.content.version}`;
  if (got?.repository !== wanted.repository) {
    throw new TrustError('wrong-repository', `${what} belongs to repository ${got?.repository ?? 'none'}, wanted ${wanted.repository}`);
  }
  if (got.name !== undefined && wanted.names?.includes(got.name) !== true) {
    throw new TrustError('wrong-repository', `${what} was signed for ${got.name.slice(0, 80)}, which is no name of this repository`);
  }
}

/**
 * The same for targets and delegated roles, which must not stand in for each other either: an empty hash bin in the place of another
 * would make a signed name look unsigned. Throws TrustError: `mismatch` for a file that was signed as another role, and what
 * `checkSameRepository` throws. A file that names no role passes, as one does that names no repository's name: it protects those who
 * write it, and nobody can take it out of what they signed.
 */
export function checkSameRole(metadata: Parsed<'targets'>, root: Parsed<'root'>): void {
  checkSameRepository(metadata, root);
  if (root.content.binding === undefined) return;
  const { binding, version } = metadata.content;
  if (binding?.role === undefined || binding.role === metadata.name) return;
  const other = `${binding.role.slice(0, 80)} v${version}`;
  throw new TrustError('mismatch', `what is served as ${metadata.name.slice(0, 80)} v${version} was signed as ${other}`);
}

/**
 * Throws TrustError('wrong-repository') unless `next` goes on under a name of `old`. The id alone can be copied: a root of another
 * repository that names this id, signed by somebody whose key is a root key of both, must not take this one over.
 */
export function checkSameLine(next: Parsed<'root'>, old: Parsed<'root'>): void {
  checkSameRepository(next, old);
  const before = old.content.binding?.names;
  const after = next.content.binding?.names ?? [];
  if (before === undefined || after.some((name) => before.includes(name))) return;
  throw new TrustError('wrong-repository', `root v${next.content.version} keeps no name of root v${old.content.version}`);
}

/** Throws TrustError unless the newest root may be asked for by this name; unbound roots pass where `binding` is optional. */
export function checkName(root: Parsed<'root'>, gun: Gun, binding: 'required' | 'optional'): void {
  const names = root.content.binding?.names;
  if (names === undefined) {
    if (binding === 'optional') return;
    throw new TrustError('policy', `root v${root.content.version} is not bound to a repository, and policy asks for that`);
  }
  if (names.includes(gun)) return;
  throw new TrustError('wrong-repository', `root v${root.content.version} speaks for ${names.join(', ').slice(0, 80)}, asked was ${gun}`);
}
