// The server signs unattended: its keys belong into their own role of their own repository and nowhere else.
import { ReviewError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { Parsed } from '../model/metadata.ts';
import { roleOf } from '../model/role-of.ts';
import { TOP_LEVEL_ROLES } from '../model/top-level.ts';
import type { Fingerprint } from '../names/brand.ts';
import { usableKeys } from '../verify/count.ts';
import { askClaimants } from './ask.ts';
import type { Plan, Review, ReviewRules, ServerKeys } from './plan.ts';

/** The generations of the server's keys that this root names. */
export function namedGenerations(
  root: Parsed<'root'>,
  rules: ReviewRules,
  env: Env,
): { readonly snapshot: number; readonly timestamp: number } {
  return { snapshot: generationOf(root, 'snapshot', rules, env), timestamp: generationOf(root, 'timestamp', rules, env) };
}

function generationOf(root: Parsed<'root'>, role: 'snapshot' | 'timestamp', rules: ReviewRules, env: Env): number {
  const named = usableKeys(roleOf(root, role), root.content.keys, env);
  const known = rules.serverKeys[role].filter((key) => named.has(key.fingerprint));
  const [only] = known;
  if (only === undefined || known.length > 1 || named.size > 1) {
    const wanted = rules.serverKeys[role].map((key) => key.fingerprint.slice(0, 16)).join(' or ');
    throw new ReviewError('server-key', `${role}: wanted exactly this server's key, ${wanted}, got ${named.size} keys`);
  }
  return only.generation;
}

/** Throws ReviewError('server-key') unless a root names the server's keys where they belong, and no server's keys elsewhere. */
export function* reviewServerKeys(root: Parsed<'root'>, rules: ReviewRules, env: Env): Review<void> {
  namedGenerations(root, rules, env);
  yield* refuseMisplacedKeys(root, rules, env);
}

/** Throws ReviewError('server-key') when a root names a server's key of another role or of another repository. */
export function* refuseMisplacedKeys(root: Parsed<'root'>, rules: ReviewRules, env: Env): Review<void> {
  for (const role of TOP_LEVEL_ROLES) yield* refuseServerKeys(role, usableKeys(roleOf(root, role), root.content.keys, env), rules);
}

/** No delegation may name a server's key: whoever reaches the server would sign for a team. */
export function* reviewDelegatedKeys(targets: Parsed<'targets'>, rules: ReviewRules, env: Env): Review<void> {
  const { roles = [], keys = new Map() } = targets.content.delegations ?? {};
  // Each key is asked about once, however many roles list it.
  const asked = new Set<Fingerprint>();
  for (const role of roles) {
    const fresh = [...usableKeys(role, keys, env)].filter((fingerprint) => !asked.has(fingerprint));
    for (const fingerprint of fresh) asked.add(fingerprint);
    yield* refuseServerKeys(role.name, fresh, rules);
  }
}

function* refuseServerKeys(role: string, keys: Iterable<Fingerprint>, { serverKeys }: ReviewRules): Review<void> {
  const others: Fingerprint[] = [];
  for (const fingerprint of keys) {
    const belongs = (['snapshot', 'timestamp'] as const).find((own) => serverKeys[own].some((key) => key.fingerprint === fingerprint));
    if (belongs !== undefined && belongs !== role)
      throw new ReviewError('server-key', `${role}: the server's ${belongs} key may not sign it`);
    if (belongs === undefined) others.push(fingerprint);
  }
  const owners = yield* askClaimants(others.map((digest) => ({ kind: 'server-key', digest })));
  const taken = others.find((_, index) => owners[index] !== undefined);
  if (taken === undefined) return;
  const text = `${role}: key ${taken.slice(0, 16)} is a server's key, of another repository or of an earlier generation`;
  throw new ReviewError('server-key', text);
}

/** Those of the server's keys that a root names, by their generations. */
export function namedKeys(keys: ServerKeys, generations: Partial<Plan['generations']>): readonly Fingerprint[] {
  const named = (role: 'snapshot' | 'timestamp') => keys[role].filter(({ generation }) => generation === generations[role]);
  return [...named('snapshot'), ...named('timestamp')].map(({ fingerprint }) => fingerprint);
}
