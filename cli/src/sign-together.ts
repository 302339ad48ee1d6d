// Signing where more must sign than have their keys here: a half is kept at the server, and whoever signs the same thing next adds
// theirs. What the others signed is compared with what is meant here; only a draft that says exactly that is signed along.
import { type BadDraft, type Holder, type Proposal, PublishError, type Published } from '@countersign/client';
import {
  encodeJson,
  equalBytes,
  type Fingerprint,
  type Instant,
  type RoleName,
  type Signer,
  type TargetEntry,
  tuf,
} from '@countersign/core';
import type { Trust } from './compose/opened.ts';
import { draftWords } from './draft-words.ts';
import { CommandError } from './errors.ts';
import { holdersText } from './signer-words.ts';
import type { Call } from './tree/spec.ts';

type Entries = ReadonlyMap<string, TargetEntry | undefined>;

/** What came of signing: it stands, or it waits for others. */
export interface Together {
  readonly proposal: Proposal;
  readonly published: Published | undefined;
}

// What this program signs holds a year; whoever drafts a longer life is asked about by name.
const LONGEST_LIFE = 366 * 86_400_000;

/** Throws CommandError `other-draft` when something else waits for the signatures of this role. `tries`: how often others may be faster. */
export async function signTogether(
  call: Call,
  trust: Trust,
  role: RoleName,
  signers: readonly Signer[],
  entries: Entries,
  tries = 2,
): Promise<Together> {
  const { client, gun } = trust;
  const waiting = (await client.proposals(gun)).find((one) => one.role === role && !('problem' in one));
  if (waiting !== undefined && !isBad(waiting)) {
    if (!(await saysOnly(trust, waiting, entries, call.world.now()))) throw otherDraft(waiting);
    return addSignatures(trust, waiting, signers);
  }
  const [proposal] = await client.propose(gun, { kind: 'entries', entries, as: role }, signers);
  if (proposal === undefined) throw new Error('nothing was drafted');
  try {
    await client.offer(gun, { name: role, bytes: proposal.bytes });
  } catch (error) {
    if (!isOtherDraft(error) || tries === 0) throw error;
    // Somebody began at the same moment. If theirs says the same, this is the other half.
    return signTogether(call, trust, role, signers, entries, tries - 1);
  }
  return settled(trust, proposal);
}

/** Signs what was shown or compared, and publishes it when that was the last signature. */
export async function addSignatures(trust: Trust, proposal: Proposal, signers: readonly Signer[]): Promise<Together> {
  const { client, gun } = trust;
  const signed = signers.every(({ key }) => hasSigned(proposal, key.fingerprint));
  const endorsed = signed ? proposal : await client.endorse(proposal, signers);
  if (endorsed.complete)
    return { proposal: endorsed, published: await client.publishDrafts(gun, new Map([[proposal.role, [endorsed.bytes]]])) };
  if (signed) return { proposal: endorsed, published: undefined };
  await client.offer(gun, { name: proposal.role, bytes: endorsed.bytes });
  return settled(trust, endorsed);
}

/** What was offered, as it waits now: whoever signed the same at the same moment may have made it whole, and nobody else would publish it. */
async function settled({ client, gun }: Trust, proposal: Proposal): Promise<Together> {
  const waiting = (await client.proposals(gun)).find(({ role }) => role === proposal.role);
  if (waiting === undefined || isBad(waiting) || waiting.signed !== proposal.signed || !waiting.complete)
    return { proposal, published: undefined };
  return { proposal: waiting, published: await client.publishDrafts(gun, new Map([[waiting.role, [waiting.bytes]]])) };
}

/** Whether the server keeps another draft of this role. */
export const isOtherDraft = (error: unknown): error is PublishError =>
  error instanceof PublishError && error.code === 'refused' && error.details['code'] === 'other-draft';

export const isBad = (one: Proposal | BadDraft): one is BadDraft => 'problem' in one;

export const hasSigned = ({ needed }: Proposal, key: Fingerprint): boolean => needed.some(({ signed }) => signed.includes(key));

/** Whose signature would still count. */
export const missingIn = ({ needed }: Proposal): readonly Fingerprint[] => [
  ...new Set(
    needed
      .filter(({ signed, threshold }) => signed.length < threshold)
      .flatMap(({ keys, signed }) => keys.filter((key) => !signed.includes(key))),
  ),
];

/** `signed by alice (…); it takes 1 more of bob (…), carol (…)`. */
export function waitingText(proposal: Proposal, holders: readonly Holder[]): string {
  const [first] = proposal.needed;
  const more = Math.max(0, ...proposal.needed.map(({ threshold, signed }) => threshold - signed.length));
  const who = holdersText(missingIn(proposal), holders);
  return more === 0
    ? 'every signature is there'
    : `signed by ${holdersText(first?.signed ?? [], holders) || 'nobody'}; it takes ${more} more of ${who}`;
}

/** Whether a draft leaves these entries standing and changes nothing else at all; none of them is a mere renewal. */
async function saysOnly({ client, gun }: Trust, { difference }: Proposal, wanted: Entries, now: Instant): Promise<boolean> {
  if (difference.kind !== 'targets' || difference.delegations.length + difference.names.length > 0 || difference.reordered) return false;
  if (difference.expires.after - now > LONGEST_LIFE) return false;
  const changed = new Map(difference.entries.map(({ path, after }) => [path, after]));
  for (const [path, after] of changed) if (!wanted.has(path) || !isSame(after, wanted.get(path))) return false;
  const repository = await client.standing(gun);
  for (const [path, entry] of wanted) {
    if (!changed.has(path) && !isSame((await repository.find(path))?.entry, entry)) return false;
  }
  return true;
}

function isSame(one: TargetEntry | undefined, other: TargetEntry | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return equalBytes(encodeJson(tuf.entry(one)), encodeJson(tuf.entry(other)));
}

function otherDraft(proposal: Proposal): CommandError {
  const { gun, role, version, signed } = proposal;
  const words = draftWords(proposal)
    ?.map((line) => line.trim())
    .join('; ');
  return new CommandError('other-draft', `something else waits for signatures as ${role} v${version} of ${gun}: ${words ?? 'a root'}`, {
    details: { role, version, signed },
    next: `countersign sign ${gun} --pending shows it and signs it, with --withdraw it goes`,
  });
}
