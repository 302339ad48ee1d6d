// Where a server's files start.

/** `base` without query, its path ending in `/`: a relative path is appended to it, and replaces nothing. */
export function asFolder(base: URL): URL {
  const folder = new URL(base);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  folder.search = '';
  folder.hash = '';
  return folder;
}
