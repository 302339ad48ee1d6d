import { describe, expect, it } from 'vitest';
import { readNotaryAddress } from './address.ts';

const HEX = 'ab'.repeat(32);
const newest = (gun: string, role: string) => ({ of: 'file', gun, role, at: { by: 'newest' } });

describe('an address of Notary', () => {
  it.each([
    ['/v2/a/_trust/tuf/root.json', newest('a', 'root')],
    ['/v2/a/b:5000/C d/_trust/tuf/timestamp.json', newest('a/b:5000/C d', 'timestamp')],
    ['/v2/a%2Fb/_trust%2Ftuf%2Fsnapshot.json', newest('a/b', 'snapshot')],
    ['/v2/a%20b/_trust/tuf/targets.json', newest('a b', 'targets')],
    ['/v2/__proto__/_trust/tuf/targets/releases.json', newest('__proto__', 'targets/releases')],
    ['/v2/a/_trust/tuf/targets/a.b.json', newest('a', 'targets/a.b')],
    // A name takes what it can, and no more than leaves a file.
    ['/v2/a/_trust/tuf/b/_trust/tuf/root.json', newest('a/_trust/tuf/b', 'root')],
    ['/v2/a/_trust/tuf/targets/x/_trust/tuf/root.json', newest('a/_trust/tuf/targets/x', 'root')],
    ['/v2/a/_trust/tuf/targets/_trust/tuf/x.json', newest('a', 'targets/_trust/tuf/x')],
    ['/v2/a/_trust/tuf/1.root.json', { of: 'file', gun: 'a', role: 'root', at: { by: 'version', version: 1 } }],
    ['/v2/a/_trust/tuf/0001.targets/x.json', { of: 'file', gun: 'a', role: 'targets/x', at: { by: 'version', version: 1 } }],
    [`/v2/a/_trust/tuf/targets.${HEX}.json`, { of: 'file', gun: 'a', role: 'targets', at: { by: 'sha256', hex: HEX } }],
    [`/v2/a/_trust/tuf/targets/x.${HEX}.json`, { of: 'file', gun: 'a', role: 'targets/x', at: { by: 'sha256', hex: HEX } }],
    ['/v2/a/_trust/tuf/timestamp.key', { of: 'key', gun: 'a', role: 'timestamp', turn: 'current' }],
    ['/v2/a/_trust/changefeed', { of: 'changes', gun: 'a' }],
    ['/v2/_trust/changefeed', { of: 'changefeed' }],
    ['/v2/', { of: 'ping' }],
    ['/_notary_server/health', { of: 'health' }],
  ])('%s is found', (path, address) => {
    expect(readNotaryAddress('GET', path)).toEqual(address);
  });

  it('depends on the method', () => {
    expect(readNotaryAddress('POST', '/v2/a/_trust/tuf/')).toEqual({ of: 'upload', gun: 'a' });
    expect(readNotaryAddress('DELETE', '/v2/a/_trust/tuf/')).toEqual({ of: 'deletion', gun: 'a' });
    expect(readNotaryAddress('POST', '/v2/a/_trust/tuf/snapshot.key')).toMatchObject({ of: 'key', turn: 'next' });
    for (const method of ['HEAD', 'PUT', 'PATCH', 'POST', 'OPTIONS']) {
      expect(readNotaryAddress(method, '/v2/a/_trust/tuf/root.json')).toEqual({ of: 'nothing' });
    }
    expect(readNotaryAddress('GET', '/v2/a/_trust/tuf/')).toEqual({ of: 'nothing' });
    expect(readNotaryAddress('POST', '/v2/')).toEqual({ of: 'nothing' });
  });

  it.each([
    '/',
    '/nope',
    '/v2/a/_trust/tuf',
    '/v2/_trust/tuf/root.json',
    '/v2/a*/_trust/tuf/root.json',
    '/v2/a/_trust/tuf/foo.json',
    '/v2/a/_trust/tuf/targets.key',
    '/v2/a/_trust/tuf/targets/.json.exe',
    '/v2/a/_trust/tuf/targets/x y.json',
    `/v2/a/_trust/tuf/1.targets.${HEX}.json`,
    '/v2/a/_trust/tuf/-1.root.json',
    '/v2/%zz/_trust/tuf/root.json',
    '/v2/%ff/_trust/tuf/root.json',
    '/metrics',
  ])('%s is nobody’s', (path) => {
    expect(readNotaryAddress('GET', path)).toEqual({ of: 'nothing' });
  });

  it.each([
    ['/v2//a/_trust/tuf/root.json', '/v2/a/_trust/tuf/root.json'],
    ['/v2/a/../b/_trust/tuf/', '/v2/b/_trust/tuf/'],
    ['/v2/a/./b/_trust/tuf/root.json', '/v2/a/b/_trust/tuf/root.json'],
    ['/v2/a%2F..%2Fb%3Fc/_trust/tuf/root.json', '/v2/b%3Fc/_trust/tuf/root.json'],
    ['/../../..', '/'],
    // No other host: two slashes at the beginning would name one.
    ['//evil.example/v2/', '/evil.example/v2/'],
    ['/%2F/evil.example/', '/evil.example/'],
    ['/v2/a//%0d%0aX: y/_trust/tuf/', '/v2/a/%0D%0AX:%20y/_trust/tuf/'],
  ])('%s is another spelling of %s', (path, to) => {
    expect(readNotaryAddress('GET', path)).toEqual({ of: 'moved', to });
  });

  it('is read in a time that the length of a path bounds', () => {
    const began = performance.now();
    for (const piece of ['/_trust/tuf/', '/_trust/tuf/targets', '/a', '/_trust/tuf/1.targets']) {
      readNotaryAddress('GET', `/v2/a${piece.repeat(16_000 / piece.length)}x`);
    }
    expect(performance.now() - began).toBeLessThan(500);
  });
});
