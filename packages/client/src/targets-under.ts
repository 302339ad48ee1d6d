// A root that gives targets other keys is published with targets that those have signed, or nobody could read the repository.
import { countSignatures, roleOf, shortFingerprint, TARGETS, usableKeys } from '@countersign/core';
import { PublishError } from './errors.ts';
import type { Proposal } from './proposal.ts';
import type { Refreshed } from './refresh-repository.ts';

/** Throws PublishError(`missing-keys`) where the targets that stand are not enough under a proposed root, and no others come with it. */
export function requireTargetsUnder(proposals: readonly Proposal[], { stage, env }: Refreshed): void {
  const root = proposals.find(({ draft }) => draft.kind === 'root');
  if (root === undefined || proposals.some(({ role }) => role === TARGETS)) return;
  const coming = env.dialect.parse('root', root.role, root.bytes, env);
  const { keys } = coming.content;
  const role = roleOf(coming, 'targets');
  const { valid } = countSignatures(stage.targets, role, keys, env);
  if (valid.length >= role.threshold) return;
  const missing = [...usableKeys(role, keys, env)].filter((key) => !valid.includes(key));
  const names = missing.map(shortFingerprint).join(', ').slice(0, 200);
  throw new PublishError(
    'missing-keys',
    `targets have ${valid.length} of ${role.threshold} signatures under root v${root.version}, missing ${role.threshold - valid.length} of ${names}`,
    { details: { role: TARGETS, missing } },
  );
}
