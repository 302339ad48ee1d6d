// Where the proposals of a ceremony come from: the trust server, or files that people sent. Both are strangers' bytes: they are judged
// against the repository that this machine verified, and what is odd about one ends the command.
import { type BadDraft, type Drafts, type Proposal, PublishError } from '@countersign/client';
import { FormatError, isJsonObject, ROOT, type RoleName, readJson, TARGETS, TrustError } from '@countersign/core';
import type { Trust } from './compose/opened.ts';
import { counted } from './counted.ts';
import { UsageError } from './errors.ts';
import { readGivenFile } from './read-file.ts';
import type { Call } from './tree/spec.ts';

// Targets may travel beside a root whose change touches their keys.
const LONGEST = 33_554_432;

/** A proposal, and the files that it came from; none for what waits at the server. */
export interface Found {
  readonly proposal: Proposal;
  readonly files: readonly string[];
}

/** Proposals of root, and of targets where they go with it. Throws PublishError(`no-draft`) where there are none, and what is wrong with one. */
export async function foundProposals(call: Call, trust: Trust): Promise<readonly Found[]> {
  const files = call.given.texts('file');
  const found = files.length > 0 ? await fromFiles(call, trust, files) : await fromServer(trust);
  if (found.length === 0)
    throw new PublishError('no-draft', `no proposal for root of ${trust.gun} waits for signatures at ${trust.server.url.host}`);
  for (const { proposal } of found) refuseIgnored(proposal);
  return found;
}

/** The drafts of these proposals, for whoever publishes them together. */
export const draftsOf = (found: readonly Pick<Found, 'proposal'>[]): Drafts =>
  new Map(found.map(({ proposal: { role, bytes } }) => [role, [bytes]]));

export const isBad = (one: Proposal | BadDraft): one is BadDraft => 'problem' in one;

/** Whether targets are signed anew with this root, because it gives them other keys. */
export const changesTargets = ({ difference }: Proposal): boolean =>
  difference.kind === 'root' && difference.roles.some(({ role }) => role === 'targets');

/**
 * Whether a draft of targets was made for this root and for nothing else: it says what stands, for the keys that the root brings. Whoever
 * drafted entries or delegations has asked nobody to take them back with the root.
 */
export function madeFor(root: Proposal, { difference, needed }: Proposal): boolean {
  if (!changesTargets(root) || difference.kind !== 'targets') return false;
  const { entries, delegations, names, reordered } = difference;
  return entries.length + delegations.length + names.length === 0 && !reordered && needed.some(({ signed }) => signed.length > 0);
}

async function fromServer({ client, gun }: Trust): Promise<readonly Found[]> {
  const waiting = await client.proposals(gun);
  const root = waiting.find(({ role }) => role === ROOT);
  if (root === undefined) return [];
  if (isBad(root)) throw root.problem;
  // Targets that wait for another reason are the business of those who sign them.
  const targets = changesTargets(root) ? waiting.find(({ role }) => role === TARGETS) : undefined;
  if (targets !== undefined && isBad(targets)) throw targets.problem;
  return [root, ...(targets === undefined ? [] : [targets])].map((proposal) => ({ proposal, files: [] }));
}

async function fromFiles(call: Call, { client, gun }: Trust, files: readonly string[]): Promise<readonly Found[]> {
  const drafts = new Map<RoleName, { readonly copies: Uint8Array[]; readonly files: string[] }>();
  for (const name of files) {
    const bytes = await readGivenFile(call.world, name, LONGEST);
    const role = inFile(name, () => roleIn(bytes));
    const found = drafts.get(role) ?? { copies: [], files: [] };
    found.copies.push(bytes);
    found.files.push(name);
    drafts.set(role, found);
  }
  if (!drafts.has(ROOT)) throw new UsageError('bad-arguments', '--file: wanted a proposal of root, got one of targets alone');
  const judged = await client.judge(gun, new Map([...drafts].map(([role, { copies }]) => [role, copies])));
  return judged.map((proposal) => ({ proposal, files: drafts.get(proposal.role)?.files ?? [] }));
}

/** Of several files, the one that is broken. */
function inFile<Value>(name: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.code, `${name.slice(0, 80)} is no proposal of root or targets: ${error.message}`, { cause: error });
  }
}

/** Only which judgement a file gets: what it says of itself is held against everything else there. */
function roleIn(bytes: Uint8Array): RoleName {
  const { value } = readJson(bytes, { maxDepth: 64 });
  const signed = isJsonObject(value) ? value.get('signed') : undefined;
  const type = isJsonObject(signed) ? signed.get('_type') : undefined;
  if (type === 'root') return ROOT;
  if (type === 'targets') return TARGETS;
  throw new FormatError('malformed', 'it is of another type');
}

/** Signatures that do not count are nobody's slip: a stranger signed, or the text was edited after it was signed. */
function refuseIgnored({ role, version, ignored }: Proposal): void {
  if (ignored === 0 || role !== ROOT) return;
  const text = `${role} v${version} carries ${counted(ignored, 'signature that is', 'signatures that are')} not of its keys or not of its text: a stranger signed it, or it was edited on its way`;
  throw new TrustError('signature', text, { details: { role, version, ignored } });
}
