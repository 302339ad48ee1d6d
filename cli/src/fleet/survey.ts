// Looks at every repository of a fleet, verified one by one as always: where is the key trusted, what would change, what is in the way.
import { type KeyChange, type KeyPlan, PublishError } from '@countersign/client';
import { CountersignError, type Fingerprint, type Gun, shortFingerprint, TrustError } from '@countersign/core';
import { repositoriesCounted } from '../counted.ts';
import { inParallel } from './in-parallel.ts';
import { type Fleet, isBelow } from './open-fleet.ts';

/** How many repositories are read or published at once: more only wait for the same disk. */
export const AT_ONCE = 8;

/** A repository that trusts the key. */
export interface Trusting extends KeyPlan {
  readonly gun: Gun;
  /** Why nothing can be changed there, or undefined. */
  readonly refused: Obstacle | undefined;
}

export interface Obstacle {
  readonly code: string;
  readonly message: string;
}

export interface Survey {
  /** By name, as all lists here. */
  readonly trusting: readonly Trusting[];
  /** Repositories that were read and do not trust the key. */
  readonly free: readonly Gun[];
  /** Listed by the server, and nothing on this machine says which root they should have. They were not read. */
  readonly unpinned: readonly Gun[];
  /** Pinned or seen here, and not listed by the server. */
  readonly hidden: readonly Gun[];
  /** What could not be verified: other roots than the pinned ones, names of other repositories, old or broken metadata. */
  readonly problems: readonly (Obstacle & { readonly gun: Gun })[];
}

/** What is to happen to the key; without a change, where it is trusted. `here` are the keys that can sign on this machine. */
export interface Question {
  readonly key: Fingerprint;
  readonly change: KeyChange | undefined;
  readonly here: ReadonlySet<Fingerprint>;
}

type Answer =
  | { readonly gun: Gun; readonly is: 'trusting'; readonly found: Trusting }
  | { readonly gun: Gun; readonly is: 'free' | 'unpinned' }
  | { readonly gun: Gun; readonly is: 'problem'; readonly problem: Obstacle & { readonly gun: Gun } };

/** Throws what the server says about its list; what is wrong with one repository is told of that one. */
export async function surveyFleet(fleet: Fleet, question: Question, progress: (text: string) => void): Promise<Survey> {
  const listed = new Set((await fleet.client.repositories()).filter((gun) => isBelow(gun, fleet.below)));
  const guns = [...new Set([...listed, ...fleet.known])].sort();
  let read = 0;
  const answers = await inParallel(guns, AT_ONCE, async (gun) => {
    const answer = await lookAt(gun, fleet, question);
    read += 1;
    if (read % 25 === 0 || read === guns.length) progress(`read ${read} of ${repositoriesCounted(guns.length)}`);
    return answer;
  });
  return {
    trusting: answers.flatMap((answer) => (answer.is === 'trusting' ? [answer.found] : [])),
    free: answers.filter(({ is }) => is === 'free').map(({ gun }) => gun),
    unpinned: answers.filter(({ is }) => is === 'unpinned').map(({ gun }) => gun),
    hidden: guns.filter((gun) => !listed.has(gun)),
    problems: answers.flatMap((answer) => (answer.is === 'problem' ? [answer.problem] : [])),
  };
}

async function lookAt(gun: Gun, fleet: Fleet, question: Question): Promise<Answer> {
  try {
    const found = await planned(gun, fleet, question);
    return found.uses.length === 0 ? { gun, is: 'free' } : { gun, is: 'trusting', found };
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    const unknown = error instanceof TrustError && error.code === 'untrusted-root' && !fleet.known.has(gun);
    if (unknown && !(await fleet.isPinned(gun))) return { gun, is: 'unpinned' };
    return { gun, is: 'problem', problem: { gun, code: error.code, message: error.message } };
  }
}

async function planned(gun: Gun, { client }: Fleet, { key, change, here }: Question): Promise<Trusting> {
  if (change === undefined) return { gun, uses: await client.keyUses(gun, key), touched: [], lowered: [], left: [], refused: undefined };
  try {
    const plan = await client.planKey(gun, change);
    return { gun, ...plan, refused: missingFor(plan, here) };
  } catch (error) {
    if (!(error instanceof PublishError)) throw error;
    const uses = await client.keyUses(gun, key);
    return { gun, uses, touched: [], lowered: [], left: uses, refused: { code: error.code, message: error.message } };
  }
}

/** Known before anything is signed: who lacks a key for one role of a repository changes nothing in it. */
function missingFor({ touched }: KeyPlan, here: ReadonlySet<Fingerprint>): Obstacle | undefined {
  for (const { role, needs } of touched) {
    for (const { threshold, keys } of needs) {
      const present = keys.filter((key) => here.has(key)).length;
      if (present >= threshold) continue;
      const names = keys.slice(0, 4).map(shortFingerprint).join(', ');
      return { code: 'missing-keys', message: `${role} needs ${threshold} of the keys ${names}, and ${present || 'none'} of them is here` };
    }
  }
  return undefined;
}
