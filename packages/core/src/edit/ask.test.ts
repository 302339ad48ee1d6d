import { describe, expect, it } from 'vitest';
import { parseGun } from '../names/gun.ts';
import { askBytes, askClaimants } from './ask.ts';

const gun = parseGun('registry.example.com/app');
const claims = [
  { kind: 'root', digest: 'aa' },
  { kind: 'targets', digest: 'bb' },
] as const;

describe('a review takes no answer for another', () => {
  it.each([
    ['no answer', undefined],
    ['an answer that leaves a claim out', [undefined]],
    ['an answer for one claim too many', [undefined, undefined, gun]],
    ['bytes', new Uint8Array(2)],
  ])('%s does not say that claims are free', (_, answer) => {
    const steps = askClaimants(claims);
    expect(steps.next().value).toEqual({ need: 'claimants', claims });
    expect(() => steps.next(answer)).toThrow('does not say all of them');
  });

  it('owners are no bytes', () => {
    const steps = askBytes({ need: 'stored' });
    steps.next();
    expect(() => steps.next([gun])).toThrow('something else');
  });

  it('nothing is asked about no claims', () => {
    expect(askClaimants([]).next()).toEqual({ done: true, value: [] });
  });
});
