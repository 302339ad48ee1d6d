// What may be accepted although something was changed, each with its reason: the list is part of the claim.
import { expect } from 'vitest';

/** Place and mutation, as `PLACE: MUTATION`, and why nobody is harmed. */
export type Harmless = readonly (readonly [what: RegExp, reason: string])[];

/** Everything accepted must be explained, and nothing may be explained that does not happen. */
export function expectHarmless(accepted: readonly string[], harmless: Harmless): void {
  expect(accepted.filter((line) => !harmless.some(([what]) => what.test(line)))).toEqual([]);
  expect(harmless.filter(([what]) => !accepted.some((line) => what.test(line))).map(([what]) => what.source)).toEqual([]);
}

export const SIGNED_FOR_NO_NAME: Harmless[number] = [
  /^x-countersign\.name: missing$/,
  'optional: it protects those who write it, and nobody can take it out of what they signed',
];
export const SIGNED_AS_NO_ROLE: Harmless[number] = [
  /^x-countersign\.role: missing$/,
  'as for the name: it protects those who write it; the server takes no such file',
];
export const FAR_AHEAD: Harmless[number] = [/^version: the largest number$/, 'a fast-forward by its own keys, which their rotation undoes'];
