// Paths as Go's router reads them: decoded first, then without empty segments and dots.

/** Undefined for what is not percent-encoded UTF-8. */
export function decodedPath(path: string): string | undefined {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** The same path with one slash where there were several, and `.` and `..` followed. A slash at the end stays. */
export function cleanPath(path: string): string {
  if (!/\/\/|\/\.\.?(?:\/|$)/.test(path)) return path;
  const kept: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const slash = kept.length > 0 && segments.at(-1) === '' ? '/' : '';
  return `/${kept.join('/')}${slash}`;
}
