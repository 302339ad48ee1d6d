// The questions of a review, and nothing but an answer of their own kind: one that was taken for "there is none" would let a claim pass.
import type { Gun } from '../names/brand.ts';
import type { Claim, ReviewAnswer } from './plan.ts';

/** The bytes that `need` asks for. `undefined`: there are none. */
export function* askBytes<Need>(need: Need): Generator<Need, Uint8Array | undefined, ReviewAnswer> {
  const answer = yield need;
  if (answer === undefined || answer instanceof Uint8Array) return answer;
  throw new Error('a file was asked for, and the answer is something else');
}

type ClaimantsNeed = { readonly need: 'claimants'; readonly claims: readonly Claim[] };

/** To whom each claim belongs, in their order. `undefined`: to nobody. */
export function* askClaimants(claims: readonly Claim[]): Generator<ClaimantsNeed, readonly (Gun | undefined)[], ReviewAnswer> {
  if (claims.length === 0) return [];
  const answer = yield { need: 'claimants', claims };
  if (answer === undefined || answer instanceof Uint8Array || answer.length !== claims.length) {
    throw new Error('the owners of some claims were asked for, and the answer does not say all of them');
  }
  return answer;
}
