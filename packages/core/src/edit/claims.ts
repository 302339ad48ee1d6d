// What belongs to one repository for ever once it was published there, so that nobody can have it stand under another name. Judging an upload,
// adopting a set that stands and checking a store ask for the same claims: what one of them left out would be free for whoever comes first.
import { encodeHex } from '../bytes/hex.ts';
import { ReviewError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { Parsed } from '../model/metadata.ts';
import { TARGETS } from '../model/top-level.ts';
import type { Fingerprint } from '../names/brand.ts';
import { askClaimants } from './ask.ts';
import { saysSomething } from './notary/says-something.ts';
import type { Claim, Review, Upload } from './plan.ts';

/** What `files` claim, and with a root among them the id that it binds the others to. `serverKeys`: those of this server that the root names. */
export function claimsOf(
  files: readonly Parsed<'root' | 'targets'>[],
  serverKeys: readonly Fingerprint[],
  env: Pick<Env, 'crypto'>,
): readonly Claim[] {
  return [
    ...files.filter((file) => file.content.binding !== undefined || saysSomething(file)).map((file) => claimOf(file, env)),
    ...files.flatMap(repositoryClaim),
    ...serverKeys.map((digest) => ({ kind: 'server-key', digest }) as const),
  ];
}

/** What a file claims for its repository. */
export function claimOf(file: Parsed<'root' | 'targets'>, { crypto }: Pick<Env, 'crypto'>): Claim {
  const kind = file.kind === 'root' ? 'root' : file.name === TARGETS ? 'targets' : 'delegated';
  return { kind, digest: encodeHex(crypto.digest('sha256', file.signedBytes)) };
}

/** An id belongs to one name: whoever copies it would have people sign files that are bound to both. */
function repositoryClaim({ kind, content: { binding } }: Parsed<'root' | 'targets'>): readonly Claim[] {
  return kind === 'root' && binding !== undefined ? [{ kind: 'repository', digest: binding.repository }] : [];
}

/** Throws ReviewError(`foreign-metadata`). */
export function* checkClaims(claims: readonly Claim[], upload: Pick<Upload, 'gun'>): Review<void> {
  const owners = yield* askClaimants(claims);
  for (const [index, { kind }] of claims.entries()) {
    const owner = owners[index];
    if (owner === undefined || owner === upload.gun) continue;
    throw new ReviewError('foreign-metadata', `this ${kind} was published under ${owner} before, it cannot serve ${upload.gun}`);
  }
}
