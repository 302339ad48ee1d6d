// How many of something, in words: `1 repository`, `2 repositories`. What is told of one must not read as if nobody had looked.

/** `many` where it is not `one` and an s. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

export const repositoriesCounted = (count: number): string => counted(count, 'repository', 'repositories');

/** Of repositories that were left: `1 repository needs`, `2 repositories need`. */
export const repositoriesNeed = (count: number): string => counted(count, 'repository needs', 'repositories need');
