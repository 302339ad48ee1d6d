// Each repository held against its high-water mark. A store that an older one was restored over is whole in itself: every file, record and
// signature fits, and only what was signed since is gone. The marks remember that, and a server serves and signs nothing of such a repository.
import type { DamagedItem, Finding, HeadItem } from '@countersign/store';
import type { Mark } from '../high-water-lines.ts';
import { keyOf, repositoryOfKey } from '../repository.ts';
import { behindMark } from '../standing.ts';

const REMEDY =
  'a server answers 503 for it until the newest store is back; docs/how-to/back-up-and-restore.md tells what to do when there is none';

export class HeldToMarks {
  readonly #unmet: Map<string, Mark>;
  /** Of how many repositories there is a mark. */
  readonly size: number;

  constructor(marks: ReadonlyMap<string, Mark>) {
    this.#unmet = new Map(marks);
    this.size = marks.size;
  }

  take({ repository, head }: HeadItem): readonly Finding[] {
    const key = keyOf(repository);
    const mark = this.#unmet.get(key);
    this.#unmet.delete(key);
    const text = mark && behindMark(repository, head, mark);
    return text === undefined ? [] : [{ repository, text: `${text}; ${REMEDY}` }];
  }

  /** Something of a repository is damaged and was told: that it has no head may be the same again. */
  harm({ repository }: DamagedItem): void {
    if (repository !== undefined) this.#unmet.delete(keyOf(repository));
  }

  /** After the last head: what has a mark and is not there at all. */
  end(): readonly Finding[] {
    return [...this.#unmet].flatMap(([key, mark]) => {
      const repository = repositoryOfKey(key);
      const text = repository && behindMark(repository, undefined, mark);
      return repository === undefined || text === undefined ? [] : [{ repository, text: `${text}; ${REMEDY}` }];
    });
  }
}
