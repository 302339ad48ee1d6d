// The address of a request as spans name it: one of a few templates, whatever somebody asks for, so that no name of a repository leaves
// this server by this way.

const TEMPLATES: readonly (readonly [pattern: RegExp, template: string])[] = [
  [/^\/(livez|readyz)$/, '/$1'],
  [/^\/_countersign\/v1\/(health|metrics|repositories|backup|fsck)$/, '/_countersign/v1/$1'],
  [/^\/_countersign\/v1\/repositories\/.+\/(records|import|pending)$/, '/_countersign/v1/repositories/{gun}/$1'],
  [/^\/_countersign\/v1\/repositories\/.+\/pending\/[^/]+$/, '/_countersign/v1/repositories/{gun}/pending/{role}'],
  [/^\/v2\/_trust\/changefeed$/, '/v2/_trust/changefeed'],
  [/^\/v2\/.+\/_trust\/changefeed$/, '/v2/{gun}/_trust/changefeed'],
  [/^\/v2\/.+\/_trust\/(metadata|tuf)\/$/, '/v2/{gun}/_trust/$1/'],
  [/^\/v2\/.+\/_trust\/(metadata|tuf)\/(?:snapshot|timestamp)\.key$/, '/v2/{gun}/_trust/$1/{role}.key'],
  [/^\/v2\/.+\/_trust\/(metadata|tuf)\/.+\.json$/, '/v2/{gun}/_trust/$1/{file}'],
  [/^\/v2\/?$/, '/v2/'],
  [/^\/_notary_server\/health$/, '/_notary_server/health'],
];

/** Longer paths are of no route: what a pattern tries must not grow with what somebody sends. */
const LONGEST = 1024;

/** `url` as it was received; undefined for an address that is nobody's. */
export function routeName(url: string | undefined): string | undefined {
  const path = (url ?? '').split('?', 1)[0] ?? '';
  if (path.length > LONGEST) return undefined;
  for (const [pattern, template] of TEMPLATES) {
    const found = pattern.exec(path);
    if (found !== null) return template.replace('$1', found[1] ?? '');
  }
  return undefined;
}
