// What kind of request this is, for metrics: one of a dozen words, whatever somebody asks for.

export const REQUEST_CLASSES = [
  'metadata',
  'publish',
  'delete',
  'key',
  'changefeed',
  'records',
  'pending',
  'import',
  'health',
  'other',
] as const;
export type RequestClass = (typeof REQUEST_CLASSES)[number];

/** `url` is as it was received. */
export function requestClass(method: string | undefined, url: string | undefined): RequestClass {
  const path = (url ?? '').split('?', 1)[0] ?? '';
  if (path === '/livez' || path === '/readyz' || path.endsWith('/health')) return 'health';
  if (path.startsWith('/_countersign/')) return ours(path);
  if (!path.startsWith('/v2/')) return 'other';
  if (path.endsWith('/_trust/changefeed')) return 'changefeed';
  if (path.endsWith('.key')) return 'key';
  if (method === 'DELETE') return 'delete';
  if (method === 'POST') return 'publish';
  return path.endsWith('.json') ? 'metadata' : 'other';
}

function ours(path: string): RequestClass {
  if (path.endsWith('/records')) return 'records';
  if (path.endsWith('/import')) return 'import';
  return /\/pending(?:\/[^/]*)?$/.test(path) ? 'pending' : 'other';
}
