// Binding to the repository: with a shared key, metadata of one repository would otherwise be accepted in another.
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
