// Which repositories moved, for processes that keep what they read. Moments count repositories in the order of commits, those without a
// record too, by the same locked row that numbers records.
import { readRepositoryKey } from '../repository-key.ts';
import { damaged } from '../sealed.ts';
import type { RepositoryRef } from '../store.ts';
import type { Reads } from './reads.ts';

const mostListed = 1000;
/** Older ones are swept away. Far more than are listed, so that no listing meets the broom. */
export const keptMoves = 10_000;

/** As `SharedStore.movedSince`. One statement, so that moment and list are of one snapshot. */
export async function movedSince(
  reads: Reads,
  since: number | undefined,
): Promise<{ readonly now: number; readonly moved: readonly RepositoryRef[] | 'many' }> {
  const rows = await reads.ask(
    (sql) => sql<{ moment: number; repository: string | null }[]>`
      select l.moment, m.repository from countersign_last l
      left join countersign_moves m on m.moment > ${since ?? Number.MAX_SAFE_INTEGER}::bigint and m.moment > l.moment - ${mostListed}::bigint
      where l.id = 1`,
  );
  const [first] = rows;
  if (first === undefined) throw damaged('last', 'is missing');
  const now = first.moment;
  if (since === undefined) return { now, moved: [] };
  // A moment that is yet to come was told by a database that has since been put back.
  if (since > now || now - since > mostListed) return { now, moved: 'many' };
  const names = new Set(rows.flatMap(({ repository }) => (repository === null ? [] : [repository])));
  return { now, moved: [...names].map(repositoryOf) };
}

function repositoryOf(name: string): RepositoryRef {
  const repository = readRepositoryKey(name);
  if (!repository) throw damaged(`move ${name}`, 'names no repository');
  return repository;
}
