import { expect, it } from 'vitest';
import { routeName } from './route-name.ts';

it.each([
  ['/livez', '/livez'],
  ['/_countersign/v1/repositories?after=a', '/_countersign/v1/repositories'],
  ['/_countersign/v1/repositories/a.example/b/records?after=3', '/_countersign/v1/repositories/{gun}/records'],
  ['/_countersign/v1/repositories/a.example/b/pending/releases', '/_countersign/v1/repositories/{gun}/pending/{role}'],
  ['/v2/a.example/b/_trust/metadata/', '/v2/{gun}/_trust/metadata/'],
  ['/v2/a.example/b/_trust/metadata/timestamp.key', '/v2/{gun}/_trust/metadata/{role}.key'],
  ['/v2/a.example/b/_trust/metadata/2.root.json', '/v2/{gun}/_trust/metadata/{file}'],
  ['/v2/a.example/b/_trust/tuf/targets/releases.json', '/v2/{gun}/_trust/tuf/{file}'],
  ['/v2/a.example/b/_trust/tuf/', '/v2/{gun}/_trust/tuf/'],
  ['/v2/', '/v2/'],
])('%s is of the route %s', (url, route) => {
  expect(routeName(url)).toBe(route);
});

it.each(['/', '', '/v2/a/b', '/v2/a.example/b/_trust/metadata/secret', '/favicon.ico', undefined])('%s is of none', (url) => {
  expect(routeName(url)).toBeUndefined();
});

it('names an address in a bounded time, and one that is longer than any of ours not at all', () => {
  const most = `/v2/${'/_trust/tuf/'.repeat(84)}`;
  const since = performance.now();
  for (let times = 0; times < 100; times += 1) expect(routeName(most)).toBe('/v2/{gun}/_trust/tuf/');
  for (let times = 0; times < 100; times += 1) expect(routeName(`${most}x`)).toBeUndefined();
  expect(performance.now() - since).toBeLessThan(2_000);
  expect(routeName(`/v2/${'a'.repeat(1100)}/_trust/tuf/root.json`)).toBeUndefined();
});
