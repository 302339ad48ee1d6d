// What to do next where an import was refused, in place of what the same code means to other commands: whoever imports speaks for a server
// and not for a repository, and what they can do is look at a name, or ask the owner.
import { ReviewError, TrustError } from '@countersign/core';

/** There is no such repository where it was looked for. This machine need not know it, so nothing is wrong with that server. */
export const noRepository = (text: string, where: 'server' | 'archive' = 'server'): TrustError =>
  told(
    new TrustError('missing', text),
    where === 'archive'
      ? 'compare the name, letter by letter, with "gun" in the index.json of each folder there; without a name, all of them are taken'
      : 'compare the name, letter by letter, with those that the old server keeps: SELECT DISTINCT gun FROM tuf_files',
  );

/** The file of pins and this machine name two roots: one of them is not the owner's. */
export const twoPins = (gun: string, theirs: string, own: string): TrustError =>
  told(
    new TrustError('untrusted-root', `${gun}: --pins says another root than the one that is pinned on this machine`, {
      details: { wanted: own, got: theirs },
    }),
    `ask the owner which one is right, then correct the file of --pins or run: countersign trust forget ${gun} --dialect notary`,
  );

/** The same command would be refused again, as long as somebody goes on publishing at the old server. */
export const diverged = (text: string, context: { readonly cause: unknown; readonly details: ReviewError['details'] }): ReviewError =>
  told(
    new ReviewError('conflict', text, context),
    'leave out this repository, and have its owner publish here alone: what the old server took since is signed here anew',
  );

const told = <Failure extends Error>(error: Failure, next: string): Failure => Object.assign(error, { next });
