// Publishing: read what stands, draft, sign, look at the own draft, send; and when somebody else was faster, all of it again.
import { type Gun, pinOf, rootOf, type Signer } from '@countersign/core';
import { waitForTurn } from './backoff.ts';
import type { LaterChange, PublishChange, Published } from './change.ts';
import { checkDrafts } from './check-draft.ts';
import { conventionsOf } from './dialects/conventions-of.ts';
import { refuseDenied } from './entry-checks.ts';
import { PublishError, ServerError } from './errors.ts';
import type { KeyPlan } from './key-use.ts';
import { routeEntries } from './plan-bins.ts';
import { overdueFor, type Planned, planChange } from './plan-change.ts';
import type { Problem } from './problem.ts';
import { publishNew } from './publish-new.ts';
import { type Refreshed, refreshRepository } from './refresh-repository.ts';
import { standingRole } from './standing.ts';
import { stillStands } from './still-stands.ts';
import { partsOf, refused, type SignedFile, signAll, versionsIn } from './upload.ts';
import type { World } from './world.ts';

const DEADLINE_MS = 120_000;

/** See `TrustClient.publish`. */
export async function publish(gun: Gun, change: PublishChange, signers: readonly Signer[], world: World): Promise<Published> {
  if (world.options.offline === true) throw new ServerError('offline', `${gun}: nothing can be published without the server`);
  if (change.kind === 'init') return publishNew(gun, change, signers, world);
  return publishLater(gun, await conventionsOf(world.dialect).spell(change, { gun, signers }, gun, world), signers, world);
}

async function publishLater(gun: Gun, change: LaterChange, signers: readonly Signer[], world: World): Promise<Published> {
  const deadline = performance.now() + (world.options.publishDeadlineMs ?? DEADLINE_MS);
  for (let tries = 0; ; tries += 1) {
    const outcome = await publishOnce(gun, change, signers, world);
    if ('pin' in outcome) return outcome;
    if (!(await waitForTurn(tries, deadline, world.options.random))) {
      throw new PublishError('conflict', `${gun}: others published first ${tries + 1} times, gave up`, {
        details: { ...outcome, tries: tries + 1 },
      });
    }
  }
}

/** What stands now; or the problem of somebody who was too late. */
async function publishOnce(gun: Gun, change: LaterChange, signers: readonly Signer[], world: World): Promise<Published | Problem> {
  const repository = await refreshRepository(gun, world, overdueFor(change, world.dialect));
  if (change.kind === 'entries') await refuseDenied(change.entries, repository);
  const planned = await planOrLose(change, repository, world);
  if ('status' in planned) return planned;
  const { steps, key } = planned;
  if (steps.length === 0 && key !== undefined) return published(repository, [], key);
  const files = await signAll(gun, steps, signers, repository.env);
  await checkEntries(change, files, repository);
  const snapshot = await conventionsOf(world.dialect).snapshot(files, repository, signers, world);
  const problem = await world.server.upload(gun, partsOf(snapshot === undefined ? files : [...files, snapshot]));
  if (problem === undefined) return published(repository, files, key);
  // A notary-server finds fault with a root that came late before it looks whether it did.
  const late = isLostRace(problem) || (problem.code === 'invalid-update' && !(await stillStands(repository, world)));
  if (!late) throw refused(problem);
  return problem;
}

/** A plan may find out by itself that somebody else published meanwhile. */
async function planOrLose(change: LaterChange, repository: Refreshed, world: World): Promise<Planned | Problem> {
  try {
    return await planChange(change, repository, world);
  } catch (error) {
    if (error instanceof PublishError && error.code === 'conflict') return { status: 409, code: error.code, detail: error.message };
    throw error;
  }
}

// `version`: two uploads met in the store. `busy`: the server asks for another moment.
const LOST: ReadonlySet<string> = new Set(['conflict', 'version', 'busy']);
const isLostRace = ({ code, status }: Problem): boolean => (code === undefined ? status === 409 || status === 429 : LOST.has(code));

/** What a change is meant to say is held against its files; the others are what they were, signed anew. */
async function checkEntries(change: LaterChange, files: readonly SignedFile[], repository: Refreshed): Promise<void> {
  if (change.kind !== 'entries') return;
  const routed = await routeEntries(
    await standingRole(repository, change.as ?? repository.env.dialect.releases),
    change.entries,
    repository,
  );
  await checkDrafts(files, new Map(routed.map(({ standing, entries }) => [standing.name, entries])), repository);
}

/** What stands once these files were accepted. */
export function published({ gun, stage, env }: Refreshed, files: readonly SignedFile[], key?: KeyPlan): Published {
  const drafted = files.find(({ file }) => file.kind === 'root')?.file;
  const root = drafted?.kind === 'root' ? drafted : rootOf(stage).root;
  return {
    gun,
    repository: root.content.binding?.repository,
    versions: versionsIn(files),
    pin: pinOf(root, env.crypto),
    ...(key === undefined ? {} : { key: { uses: key.uses, touched: key.touched, lowered: key.lowered, left: key.left } }),
  };
}
