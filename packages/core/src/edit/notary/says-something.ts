// Which files are worth claiming for one repository.
import type { Parsed } from '../../model/metadata.ts';

/**
 * A role that says nothing yet is alike in every repository of one owner that is made in the same second, and no harm anywhere else.
 */
export function saysSomething({ content }: Parsed<'root' | 'targets'>): boolean {
  if (!('targets' in content)) return true;
  return content.targets.size > 0 || (content.delegations?.roles.length ?? 0) > 0;
}
