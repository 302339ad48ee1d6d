// The files of a publish, judged as a trust server judges them, by the same code, over what is remembered here. So a trust server that was
// taken over can have nothing signed that did not come from the repository's own publishers.
import {
  type Claim,
  CountersignError,
  type Draft,
  type Env,
  FormatError,
  type Gun,
  type Plan,
  type ReviewAnswer,
  ReviewError,
  type ReviewHead,
  type ReviewNeed,
  type ReviewRules,
  review,
  reviewNotary,
  type Sealed,
  TrustError,
} from '@countersign/core';
import { PolicyError } from './errors.ts';
import { type Evidence, standingFile } from './evidence.ts';
import type { Memory } from './memory.ts';

/** Whose a claim is, by the signer's own memory. Must not throw for what is unknown. */
export type Claimants = (claim: Claim) => Gun | undefined;

export type AcceptedPlan = Plan<Draft<'snapshot'> | Sealed>;

const JUDGES = { tuf: review, notary: reviewNotary } as const;

// An administrator gave up what was accepted here: the store may be older than that, and goes on from what it has.
const ANEW: ReviewHead = { files: new Map(), deleted: true, versions: 'elsewhere' };

/** Throws PolicyError: `unaccepted-upload`, `missing-evidence`. */
export function acceptedPublish(
  gun: Gun,
  memory: Memory,
  evidence: Evidence,
  rules: ReviewRules,
  claimants: Claimants,
  env: Env,
): AcceptedPlan {
  const recreate = memory.released && env.dialect.name === 'tuf';
  const head = memory.files.size === 0 ? undefined : recreate ? ANEW : { files: memory.files, deleted: memory.released };
  const answer = (need: ReviewNeed): ReviewAnswer =>
    need.need === 'stored' ? standingFile(memory, need.role, evidence, env) : need.claims.map(claimants);
  try {
    const steps = JUDGES[env.dialect.name](head, { gun, parts: evidence.upload, recreate }, rules, env);
    let step = steps.next();
    while (step.done !== true) step = steps.next(answer(step.value));
    return step.value;
  } catch (cause) {
    if (!(cause instanceof ReviewError || cause instanceof TrustError || cause instanceof FormatError)) throw cause;
    const because = cause instanceof CountersignError ? cause.code : undefined;
    throw new PolicyError('unaccepted-upload', `the files behind it are not accepted: ${cause.message}`, { cause, details: { because } });
  }
}
