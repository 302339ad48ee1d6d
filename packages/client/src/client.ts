// The client: what a reader does (reader.ts), and publishing. Start reading here, then refresh-repository.ts.

import type { Digest, Fingerprint, Gun, RoleName, Sealed, Signer } from '@countersign/core';
import type { KeyChange, LaterChange, PublishChange, Published } from './change.ts';
import { conventionsOf } from './dialects/conventions-of.ts';
import type { Drafts } from './drafts.ts';
import type { KeyPlan, KeyUse } from './key-use.ts';
import type { ClientOptions } from './options.ts';
import { PEOPLES_ROLES } from './overdue.ts';
import {
  type BadDraft,
  draftChange,
  draftTargetsUnder,
  endorse,
  judgeFiles,
  offer,
  pendingList,
  publishDrafts,
  waitingProposals,
  withdraw,
} from './pending.ts';
import type { PendingDraft } from './pending-server.ts';
import { allKeyUses, planKeyChange } from './plan-key.ts';
import type { Proposal } from './proposal.ts';
import { publish } from './publish.ts';
import { readerIn, type TrustReader } from './reader.ts';
import { refreshRepository } from './refresh-repository.ts';
import { openWorld } from './world.ts';

/** A reader that can also publish. Publishing throws PublishError too; what a signer throws passes through. */
export interface TrustClient extends TrustReader {
  /** Signs and uploads. Signers that no role needs stay unused. When others publish first, it starts again until the deadline. */
  publish(gun: Gun, change: PublishChange, signers: readonly Signer[]): Promise<Published>;
  /** Where the newest metadata trusts a key, and what it signed there. Throws what is wrong with a role that cannot be read. */
  keyUses(gun: Gun, key: Fingerprint): Promise<readonly KeyUse[]>;
  /** What a change of a key would do, from fresh metadata. Nothing is signed and nothing published. */
  planKey(gun: Gun, change: KeyChange): Promise<KeyPlan>;
  /** The names that the server lists for this caller: its word, and nothing is believed on the strength of it. */
  repositories(): Promise<readonly Gun[]>;
  /** The drafts that wait for signatures, in the server's words: for lists. Nobody signs on the strength of it. */
  pending(gun: Gun): Promise<readonly PendingDraft[]>;
  /**
   * Drafts a change and signs what the signers at hand can sign; nothing is sent. Proposals that are all complete can be published
   * (`publishDrafts`), others can be offered to the server or written into files (`proposal.bytes`).
   */
  propose(gun: Gun, change: LaterChange, signers: readonly Signer[]): Promise<readonly Proposal[]>;
  /** Targets signed for the keys that a proposed root gives them, where these signers hold one of them. */
  targetsUnder(root: Proposal, signers: readonly Signer[]): Promise<Proposal | undefined>;
  /** What waits at the server, judged against the repository as this machine verified it: what each draft changes, and who has signed. */
  proposals(gun: Gun): Promise<readonly (Proposal | BadDraft)[]>;
  /** The same for files that travelled; several copies of a role have their signatures put together. Throws what is wrong with one. */
  judge(gun: Gun, drafts: Drafts): Promise<readonly Proposal[]>;
  /** The proposal with the signatures of these signers. Show `proposal.difference` first: it is what they sign. */
  endorse(proposal: Proposal, signers: readonly Signer[]): Promise<Proposal>;
  /** Gives a draft to the server to keep; it adds the signatures to what it has. Throws PublishError(`refused`). */
  offer(gun: Gun, sealed: Pick<Sealed, 'name' | 'bytes'>): Promise<void>;
  /** Takes a draft back. With `signed`, that one and no other. */
  withdraw(gun: Gun, role: RoleName, signed?: Digest): Promise<void>;
  /** Publishes drafts whose thresholds are met, together. Throws PublishError `missing-keys` with who has not signed, or `overtaken`. */
  publishDrafts(gun: Gun, drafts: Drafts): Promise<Published>;
}

/** Opens nothing and asks nothing until it is used. */
export function createClient(options: ClientOptions): TrustClient {
  const world = openWorld(options);
  return {
    ...readerIn(world),
    publish: (gun, change, signers) => publish(gun, change, signers, world),
    keyUses: async (gun, key) => allKeyUses(key, await refreshRepository(gun, world, PEOPLES_ROLES)),
    async planKey(gun, change) {
      const spelled = await conventionsOf(world.dialect).spell(change, undefined, gun, world);
      const { uses, touched, lowered, left } = await planKeyChange(spelled, await refreshRepository(gun, world, PEOPLES_ROLES), world);
      return { uses, touched, lowered, left };
    },
    repositories: () => world.server.repositories(),
    pending: (gun) => pendingList(gun, world),
    propose: (gun, change, signers) => draftChange(gun, change, signers, world),
    targetsUnder: (root, signers) => draftTargetsUnder(root, signers, world),
    proposals: (gun) => waitingProposals(gun, world),
    judge: (gun, drafts) => judgeFiles(gun, drafts, world),
    endorse: (proposal, signers) => endorse(proposal, signers, world),
    offer: (gun, sealed) => offer(gun, sealed, world),
    withdraw: (gun, role, signed) => withdraw(gun, role, signed, world),
    publishDrafts: (gun, drafts) => publishDrafts(gun, drafts, world),
  };
}
