// Why the operating system refused, in words for whoever starts a server at night.

const WORDS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['ENOENT', 'it does not exist'],
  ['ENOTDIR', 'a part of the path is not a folder'],
  ['EISDIR', 'it is a folder'],
  ['EADDRINUSE', 'somebody listens there already'],
  ['EADDRNOTAVAIL', 'it is no address of this machine'],
  ['ENOTFOUND', 'no such host'],
]);

/** `permission denied (EACCES)`; undefined for an error that is not the system's. */
export function systemReason(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const words = WORDS.get(error.code);
  return words === undefined ? error.code : `${words} (${error.code})`;
}
