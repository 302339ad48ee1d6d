import { describe, expect, it } from 'vitest';
import { mapped } from './mapped.ts';

describe('a mapped view', () => {
  const source = new Map([
    ['a', 1],
    ['__proto__', 2],
  ]);
  const view = mapped(source, (name, raw) => `${name}${raw}`);

  it('answers as a map of what was read would', () => {
    const whole = new Map([...source].map(([name, raw]) => [name, `${name}${raw}`]));
    expect(new Map(view)).toEqual(whole);
    expect([...view.keys()]).toEqual([...whole.keys()]);
    expect([...view.values()]).toEqual([...whole.values()]);
    expect([...view.entries()]).toEqual([...whole.entries()]);
    expect(view.size).toBe(2);
    const seen: string[] = [];
    view.forEach((value, name) => void seen.push(`${name}=${value}`));
    expect(seen).toEqual(['a=a1', '__proto__=__proto__2']);
  });

  it('has nothing that the source has not', () => {
    for (const name of ['constructor', 'toString', 'b']) {
      expect(view.has(name)).toBe(false);
      expect(view.get(name)).toBeUndefined();
    }
  });
});
