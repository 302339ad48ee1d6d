// `signer list`: who may sign, whose word counts first, and who hides whom.
import type { DelegationFacts, RoleFacts, SearchedRole, SearchOrder, TrustedRepository } from '@countersign/client';
import { formatInstant, type Gun, type Instant, TARGETS } from '@countersign/core';
import { withTrust } from '../compose/trust.ts';
import { typedEntry } from '../entry-name.ts';
import { UsageError } from '../errors.ts';
import { givenRepository } from '../given-repository.ts';
import type { Outcome } from '../output.ts';
import { holdersText, needs, pathsText, rolesBefore } from '../signer-words.ts';
import { table } from '../table.ts';
import type { Call, Handler } from '../tree/spec.ts';

export const signerList: Handler = async (call) => {
  const { gun, tag } = await asked(call);
  return withTrust(call, gun, 'first-contact', async ({ client }) => {
    // As it stands, also where somebody should have renewed it: that is one of the answers.
    const repository = await client.standing(gun);
    const now = call.world.now();
    return tag === undefined ? everySigner(repository, now) : signersOfTag(repository, tag, await repository.search(tag), now);
  });
};

async function asked(call: Call): Promise<{ readonly gun: Gun; readonly tag: string | undefined }> {
  const { given } = call;
  const [name, tag] = [given.optionalArgument('name'), given.text('tag')];
  if (name === undefined) return { gun: givenRepository(call), tag };
  if (given.text('repo') !== undefined)
    throw new UsageError('bad-arguments', 'a name and --repo exclude each other: both say which repository');
  const entry = await typedEntry(call, name);
  if (entry.digest !== undefined) throw new UsageError('bad-arguments', 'wanted IMAGE:TAG or a repository, got a digest');
  if (entry.name !== undefined && tag !== undefined)
    throw new UsageError('bad-arguments', `${name.slice(0, 80)} names a tag, and --tag another`);
  return { gun: entry.gun, tag: entry.name ?? tag };
}

async function everySigner(repository: TrustedRepository, now: Instant): Promise<Outcome> {
  const delegations = await repository.delegations();
  const all = delegations.map((role) => ({ role, behind: rolesBefore(repository, delegations, role).map((one) => one.role) }));
  const rows = all.map(({ role, behind }) => [
    ...columns(role),
    joined(behind.length === 0 ? '' : `behind ${behind.join(', ')}`, wordOf(role, now)),
  ]);
  const { targets } = repository.roles;
  const facts = {
    gun: repository.gun,
    appointedBy: roleFacts(targets),
    roles: all.map(({ role, behind }) => ({ ...signerFacts(role, now), behind })),
  };
  const head = ['ROLE', 'NEEDS', 'NAMES', 'SIGNERS', 'NOTE'];
  return { facts, text: table([head, ...rows, [...appointing(targets), 'says who signs what']]) };
}

function signersOfTag({ gun, roles: top }: TrustedRepository, tag: string, { inTargets, roles }: SearchOrder, now: Instant): Outcome {
  const all = roles.map((role, at) => ({ role, hiddenBy: holderIn(roles.slice(0, at), inTargets) }));
  const rows = all.map(({ role, hiddenBy }, at) => [String(at + 1), ...columns(role), tagNote(role, hiddenBy, tag, now)]);
  const facts = {
    gun,
    name: tag,
    found: holderIn(roles, inTargets) ?? (inTargets === false ? undefined : 'targets'),
    appointedBy: roleFacts(top.targets),
    roles: all.map(({ role, hiddenBy }) => ({ ...signerFacts(role, now), holds: role.holds, reached: role.reached, hiddenBy })),
  };
  const word = inTargets === false ? 'says who signs what' : WORDS[inTargets];
  return { facts, text: table([['', 'ROLE', 'NEEDS', 'NAMES', 'SIGNERS', tag], ...rows, ['', ...appointing(top.targets), word]]) };
}

const WORDS = { first: 'signs it, and is asked before all others', last: 'signs it, and is asked after the others' };

/** Whose entry a search finds among these. */
const holderIn = (asked: readonly SearchedRole[], inTargets: SearchOrder['inTargets']): string | undefined =>
  inTargets === 'first' ? 'targets' : asked.find(({ holds, reached }) => holds && reached)?.role;

function tagNote(role: SearchedRole, hiddenBy: string | undefined, tag: string, now: Instant): string {
  const word = wordOf(role, now);
  if (!role.reached) return joined(`is never asked: a role before it alone signs ${tag}`, word);
  if (hiddenBy !== undefined) return joined(`${role.holds ? 'signs it, but is' : 'is'} hidden by ${hiddenBy}`, word);
  return joined(role.holds ? 'signs it' : '', word);
}

/** What else there is to know of a role. Whoever verifies is stopped by the second and the third. */
const wordOf = ({ delegator, terminating, published, problem }: DelegationFacts, now: Instant): string =>
  joined(
    delegator === TARGETS ? '' : `appointed by ${delegator}`,
    problem === undefined ? '' : `cannot be read: ${problem.message}`,
    published !== undefined && published.expires <= now ? `expired at ${formatInstant(published.expires)}` : '',
    published === undefined && problem === undefined ? 'nothing signed yet' : '',
    terminating ? 'no role behind it is asked' : '',
  );

const joined = (...words: readonly string[]): string => words.filter((word) => word !== '').join('; ');
const columns = (role: DelegationFacts): readonly string[] => [
  role.role,
  needs(role),
  pathsText(role.paths),
  holdersText(role.keys, role.holders),
];
const appointing = (targets: RoleFacts): readonly string[] => ['targets', needs(targets), '', holdersText(targets.keys, [])];
const roleFacts = ({ role, threshold, keys }: RoleFacts): object => ({ role, threshold, keys });

function signerFacts(
  { role, delegator, threshold, paths, holders, terminating, published, problem }: DelegationFacts,
  now: Instant,
): object {
  return {
    role,
    delegator,
    threshold,
    signers: holders,
    paths,
    only: terminating,
    ...(published === undefined ? {} : { expires: formatInstant(published.expires), expired: published.expires <= now }),
    ...(problem === undefined ? {} : { problem: { code: problem.code, message: problem.message } }),
  };
}
