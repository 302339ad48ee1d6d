import { describe, expect, it } from 'vitest';
import { parseChallenges } from './challenge.ts';

const read = (header: string): unknown => parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('a challenge', () => {
  it('is read with its parameters, quoted or not', () => {
    expect(read('Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull,push"')).toEqual([
      ['bearer', { realm: 'https://auth.example/token', service: 'reg', scope: 'repository:a/b:pull,push' }],
    ]);
    expect(read('BASIC Realm = x , charset="UTF-8"')).toEqual([['basic', { realm: 'x', charset: 'UTF-8' }]]);
    expect(read('Bearer realm="a \\"quoted\\" \\\\ one"')).toEqual([['bearer', { realm: 'a "quoted" \\ one' }]]);
  });

  it('may stand beside others, with parameters, a token or nothing', () => {
    expect(read('Negotiate, Basic realm="x", Bearer realm="y",service=z, NTLM abc==, Custom')).toEqual([
      ['negotiate', {}],
      ['basic', { realm: 'x' }],
      ['bearer', { realm: 'y', service: 'z' }],
      ['ntlm', {}],
      ['custom', {}],
    ]);
  });

  it('is refused when it can be read in two ways or in none', () => {
    const wrong = [
      'Bearer realm="a",realm="b"',
      'Bearer realm="a',
      'Bearer realm="a"service="b"',
      'Bearer realm=\u00e9',
      'Bearer realm="a", ="b"',
      '"Bearer"',
      'Bearer @',
      `Bearer realm="${'a'.repeat(9000)}"`,
    ];
    for (const header of wrong) {
      expect(() => parseChallenges(header), header.slice(0, 40)).toThrow(expect.objectContaining({ code: 'bad-reply' }));
    }
  });

  it('that is not there is no challenge', () => {
    expect(read('')).toEqual([]);
    expect(read(' , ,')).toEqual([]);
  });

  it('takes time in proportion to its length', () => {
    const started = performance.now();
    for (const piece of ['a=b,', 'a ', 'a,', '=', '"', 'a="\\', 'a/']) {
      try {
        parseChallenges(`x ${piece.repeat(8000 / piece.length)}`);
      } catch {
        // only the time matters
      }
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
