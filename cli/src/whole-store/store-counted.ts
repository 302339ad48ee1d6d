// How much there is in a store, as backup, restore and fsck tell it.
import { counted, repositoriesCounted } from '../counted.ts';

/** `2 repositories, 11 files, 1 record`. */
export const storeCounted = (counts: { readonly repositories: number; readonly files: number; readonly records: number }): string =>
  `${repositoriesCounted(counts.repositories)}, ${counted(counts.files, 'file')}, ${counted(counts.records, 'record')}`;
