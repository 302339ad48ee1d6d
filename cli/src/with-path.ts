// Node forgets which path it was when reading fails after opening, as it does for a folder.

/** The result of `work`; a system error that names no path is given this one. */
export async function withPath<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw naming(path, error);
  }
}

/** The same for work that waits for nothing. */
export function withPathNow<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw naming(path, error);
  }
}

function naming(path: string, error: unknown): unknown {
  if (error instanceof Error && 'code' in error && !('path' in error)) Object.assign(error, { path });
  return error;
}
