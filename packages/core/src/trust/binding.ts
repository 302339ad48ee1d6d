// Binding to the repository: with a shared key, metadata of one repository would otherwise be accepted in another.
import { TrustError } from '../errors.ts';
import type { Parsed } from '../model/metadata.ts';
import type { Gun } from '../names/brand.ts';

/** Throws TrustError('wrong-repository') when `root` is bound and `metadata` is not bound to the same repository. */
export function checkSameRepository(metadata: Parsed, root: Parsed<'root'>): void {
  const wanted = root.content.binding?.repository;
  if (wanted === undefined) return;
  const got = metadata.content.binding?.repository;
  if (got === wanted) return;
  throw new TrustError(
    'wrong-repository',
    `${metadata.name} v${metadata.content.version} belongs to repository ${got ?? 'none'}, wanted ${wanted}`,
  );
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
