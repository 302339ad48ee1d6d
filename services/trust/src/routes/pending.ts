// Drafts that wait for signatures: listed, read, offered, withdrawn. For those who may push: consumers have no use for them.
import { encodeUtf8, formatInstant, parseDigest, parseRoleName, ROOT, type RoleName } from '@countersign/core';
import type { RepositoryCall } from '../call.ts';
import { RequestError } from '../errors.ts';
import { endOf, type KeptDraft, keptDraft } from '../kept-draft.ts';
import { keptDrafts, offerDraft, withdrawDraft } from '../pending.ts';
import { emptyReply, privateReply, type Reply } from '../reply.ts';
import { repositoryOf } from '../repository.ts';
import { servedHead } from '../standing.ts';
import type { World } from '../world.ts';

/** What waits. A signer believes none of it: they read the draft and compare it with what they verified themselves. */
export async function getPendingList({ gun }: RepositoryCall, world: World): Promise<Reply> {
  const repository = repositoryOf(gun, 'tuf');
  const drafts = await keptDrafts(world, repository, await servedHead(world, repository));
  return privateReply(asJson({ schema: 1, pending: [...drafts.values()].map(factsOf) }));
}

export async function getPending({ gun, part }: RepositoryCall, world: World): Promise<Reply> {
  const repository = repositoryOf(gun, 'tuf');
  const draft = await keptDraft(world, repository, await servedHead(world, repository), roleOf(part));
  if (draft === undefined) throw new RequestError('not-found', `no draft of ${part} waits for signatures`);
  return privateReply(draft.file);
}

/** The body is the file with the signatures it has; the answer is what is kept of it now. */
export async function putPending({ gun, part, body }: RepositoryCall, world: World): Promise<Reply> {
  const role = roleOf(part);
  const { limits } = world;
  const kept = await offerDraft(world, gun, role, await body(role === ROOT ? limits.rootBytes : limits.targetsBytes));
  const facts = { ...factsOf(kept), signers: kept.signers };
  return privateReply(asJson({ schema: 1, ...facts }), { draft: role, signed: kept.signed, signers: kept.signers.length });
}

/** `?signed=sha256:…` withdraws that draft and no other. 200 also where there is nothing to withdraw. */
export async function deletePending({ gun, part, query }: RepositoryCall, world: World): Promise<Reply> {
  const signed = query.get('signed');
  const withdrawn = await withdrawDraft(world, gun, roleOf(part), signed === null ? undefined : parseDigest(signed));
  return emptyReply({ draft: part, withdrawn });
}

const roleOf = (part: string): RoleName => parseRoleName(part);

const factsOf = (draft: KeptDraft): Readonly<Record<string, unknown>> => ({
  role: draft.role,
  version: draft.version,
  signed: draft.signed,
  since: formatInstant(draft.since),
  until: formatInstant(endOf(draft)),
});

const asJson = (value: object): Uint8Array => encodeUtf8(`${JSON.stringify(value)}\n`);
