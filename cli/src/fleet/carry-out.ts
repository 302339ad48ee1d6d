// Carries a plan out, repository by repository, several at a time. What a crash leaves is a journal: whoever runs the command again goes
// on, and a repository in which the key is gone already is not signed a second time.
import type { KeyChange, KeyUse, Published } from '@countersign/client';
import { CountersignError, type Gun, type RoleName, type Signer } from '@countersign/core';
import { repositoriesCounted } from '../counted.ts';
import { inParallel } from './in-parallel.ts';
import type { Journal } from './journal.ts';
import type { Progress, SignedThere } from './journal-lines.ts';
import type { Fleet } from './open-fleet.ts';
import { AT_ONCE, type Trusting } from './survey.ts';

export interface Work {
  readonly fleet: Fleet;
  readonly journal: Journal;
  readonly change: KeyChange;
  readonly signers: readonly Signer[];
  /** What the survey of this run found. */
  readonly trusting: ReadonlyMap<Gun, Trusting>;
  /** What earlier runs wrote down before they touched a repository. */
  readonly begun: ReadonlyMap<Gun, Progress | undefined>;
  readonly progress: (text: string) => void;
}

/** The last word on each of `guns`. Throws StateError when the journal cannot be written: then nothing more is published. */
export async function carryOut(guns: readonly Gun[], work: Work): Promise<readonly Progress[]> {
  let count = 0;
  return inParallel(guns, AT_ONCE, async (gun) => {
    const word = await one(gun, work);
    await work.journal.write(word);
    count += 1;
    if (count % 10 === 0 || count === guns.length) work.progress(`${count} of ${repositoriesCounted(guns.length)}`);
    return word;
  });
}

async function one(gun: Gun, { fleet, journal, change, signers, trusting, begun }: Work): Promise<Progress> {
  const { client } = fleet;
  const found = trusting.get(gun);
  if (found !== undefined && found.touched.length > 0) {
    const versions = Object.fromEntries(found.touched.map(({ role, version }) => [role, version]));
    await journal.write({ at: 'begin', gun, versions, signed: signedBy(found.uses) });
  }
  try {
    const published = await client.publish(gun, change, signers);
    // Read as everybody reads it: only what a fresh look shows counts as done.
    const left = (await client.keyUses(gun, change.old)).map(({ role, by }) => `${role} in ${by}`);
    const before = begun.get(gun);
    const replaced = signedBy(published.key?.uses ?? []);
    const signed = replaced.length === 0 && before?.at === 'begin' ? before.signed : replaced;
    return { at: 'done', gun, versions: await versionsOf(published, before, fleet), signed, left };
  } catch (error) {
    if (!(error instanceof CountersignError) || error.name === 'StateError') throw error;
    return { at: 'failed', gun, code: error.code, message: error.message };
  }
}

/** Of a run that was stopped between the upload and the journal, the versions that it announced and that stand now are its own. */
async function versionsOf(published: Published, begun: Progress | undefined, { client }: Fleet): Promise<Readonly<Record<string, number>>> {
  if (published.versions.size > 0) return Object.fromEntries(published.versions);
  if (begun?.at !== 'begin') return {};
  const repository = await client.standing(published.gun);
  const standing = new Map<RoleName, number>(Object.values(repository.roles).map(({ role, version }) => [role, version]));
  for (const { role, published: file } of await repository.delegations()) if (file !== undefined) standing.set(role, file.version);
  const now = [...standing].filter(([role, version]) => (begun.versions[role] ?? Number.POSITIVE_INFINITY) <= version);
  return Object.fromEntries(now.map(([role]) => [role, begun.versions[role] ?? 0]));
}

const signedBy = (uses: readonly KeyUse[]): readonly SignedThere[] =>
  uses
    .filter(({ entries }) => entries.length > 0)
    .map(({ role, entries }) => ({ role, entries: entries.map(({ path, digest }) => ({ path, digest: digest ?? '' })) }));
