// A trust server's judgement of an upload, with a simulator for its store and nothing behind it.
import {
  type Draft,
  type Gun,
  type Limits,
  type Plan,
  type ReviewAnswer,
  type ReviewNeed,
  review,
  type ServerKey,
  STANDARD_LIMITS,
} from '@countersign/core';
import { roleName } from '../simulator/simulate.ts';
import type { Simulator } from '../simulator/simulator.ts';

const DAY = 86_400_000;

export interface Judgement {
  readonly gun: Gun;
  /** What the server has of this repository. */
  readonly standing: Simulator | undefined;
  /** Role to bytes. */
  readonly parts: Readonly<Record<string, Uint8Array | undefined>>;
  /** Whose snapshot and timestamp signers are the server's own; those of `standing` unless given. */
  readonly server?: Simulator;
  /** The server's next generation of keys, made but not named by any root yet. */
  readonly successor?: Simulator;
  readonly deleted?: boolean;
  readonly recreate?: boolean;
  /** `KIND DIGEST` to the name that claimed it first. */
  readonly claims?: ReadonlyMap<string, Gun>;
  readonly now?: number;
  /** In place of the standard ones. */
  readonly limits?: Partial<Limits>;
}

/** Runs `review` to its end. Throws what it throws. */
export function judge(judgement: Judgement): Plan<Draft<'snapshot'>> {
  const { gun, standing, parts, deleted = false, recreate = false } = judgement;
  const server = judgement.server ?? standing;
  if (server === undefined) throw new Error('a judgement needs a server');
  const keysOf = (role: 'snapshot' | 'timestamp'): ServerKey[] =>
    [server, judgement.successor].flatMap((keys, index) =>
      (keys?.signersOf(role) ?? []).map(({ key }) => ({ generation: index + 1, fingerprint: key.fingerprint })),
    );
  const upload = {
    gun,
    parts: new Map(Object.entries(parts).map(([role, bytes]) => [roleName(role), given(role, bytes)])),
    recreate,
  };
  const rules = {
    serverKeys: { snapshot: keysOf('snapshot'), timestamp: keysOf('timestamp') },
    lifetimes: { snapshot: 14 * DAY, timestamp: 3 * DAY },
  };
  const head = standing && { files: standing.newest, deleted };
  const env = { ...server.env(judgement.now ?? server.now), limits: { ...STANDARD_LIMITS, ...judgement.limits } };
  const steps = review(head, upload, rules, env);
  let step = steps.next();
  while (step.done !== true) step = steps.next(answer(step.value, judgement));
  return step.value;
}

function answer(need: ReviewNeed, { standing, claims }: Judgement): ReviewAnswer {
  if (need.need === 'stored') return standing?.newest.get(need.role)?.bytes;
  return need.claims.map(({ kind, digest }) => claims?.get(`${kind} ${digest}`));
}

function given(role: string, bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new Error(`there are no bytes for ${role}`);
  return bytes;
}
