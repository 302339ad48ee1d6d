// Whose keys a Notary root names: the timestamp's is the server's, always; the snapshot's is the server's or the publisher's.
import type { Env } from '../../formats/dialect.ts';
import type { Parsed } from '../../model/metadata.ts';
import { roleOf } from '../../model/role-of.ts';
import { usableKeys } from '../../verify/count.ts';
import type { Plan, Review, ReviewRules } from '../plan.ts';
import { refuseMisplacedKeys } from '../review-server-keys.ts';
import { refusal } from './refusal.ts';

/** The generations of the server's keys that this root names; no `snapshot` where the publisher holds it. Throws ReviewError. */
export function notaryGenerations(root: Parsed<'root'>, rules: ReviewRules, env: Env): Plan['generations'] {
  const timestamp = generationOf('timestamp', root, rules, env);
  if (timestamp === undefined) throw refusal('root', 'no  timestamp keys exist on the server');
  const snapshot = generationOf('snapshot', root, rules, env);
  return snapshot === undefined ? { timestamp } : { snapshot, timestamp };
}

/** Undefined where the role is not the server's. A role that is the server's and somebody else's could be signed behind its back. */
function generationOf(role: 'snapshot' | 'timestamp', root: Parsed<'root'>, rules: ReviewRules, env: Env): number | undefined {
  const keys = roleOf(root, role);
  const named = usableKeys(keys, root.content.keys, env);
  const own = rules.serverKeys[role].filter(({ fingerprint }) => named.has(fingerprint));
  const [only] = own;
  if (only === undefined) return undefined;
  if (own.length === 1 && named.size === 1 && keys.threshold === 1) return only.generation;
  throw refusal('root', `${role}: wanted this server's key alone with a threshold of 1, got ${named.size} keys and ${keys.threshold}`);
}

/** Throws ReviewError unless the server's keys stand where they belong, and no server's keys elsewhere. */
export function* reviewNotaryKeys(root: Parsed<'root'>, rules: ReviewRules, env: Env): Review<void> {
  notaryGenerations(root, rules, env);
  yield* refuseMisplacedKeys(root, rules, env);
}
