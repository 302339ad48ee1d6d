// What the operating system means with its codes, and what to do then.

const WORDS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied (EACCES)'],
  ['EPERM', 'permission denied (EPERM)'],
  ['EROFS', 'the file system is read-only (EROFS)'],
  ['ENOSPC', 'the disk is full (ENOSPC)'],
  ['EDQUOT', 'the disk quota is used up (EDQUOT)'],
  ['ENOENT', 'it does not exist (ENOENT)'],
  ['ENOTDIR', 'a part of its path is not a folder (ENOTDIR)'],
  ['EISDIR', 'it is a folder (EISDIR)'],
  ['EEXIST', 'it exists already (EEXIST)'],
  ['ENAMETOOLONG', 'its name is too long (ENAMETOOLONG)'],
  ['EADDRINUSE', 'the address is in use (EADDRINUSE)'],
  ['ECONNREFUSED', 'nobody listens there (ECONNREFUSED)'],
  ['ENOTFOUND', 'no such host (ENOTFOUND)'],
  ['EMFILE', 'too many files are open (EMFILE)'],
]);

const NEXT: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'check the path'],
  ['ENOTDIR', 'check the path'],
  ['EISDIR', 'name a file in it'],
  ['EEXIST', 'choose another name, or move what is there'],
  ['ENAMETOOLONG', 'choose a shorter name'],
]);

/** `the disk is full (ENOSPC)`; the code itself where there is no better word. */
export const systemWords = (code: string): string => WORDS.get(code) ?? code;

/** The next step, where it is another one than looking at owner and disk. */
export const systemNext = (code: string): string | undefined => NEXT.get(code);
