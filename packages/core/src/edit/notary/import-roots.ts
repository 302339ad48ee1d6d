// The roots of an import: one chain without a gap, from the first one on, each signed by the one before it and by itself. Everything else
// of a repository hangs on it, so nothing of it is ever left out: a root that does not fit refuses the whole import.
import { equalBytes } from '../../bytes/bytes.ts';
import { ReviewError, TrustError } from '../../errors.ts';
import type { Env } from '../../formats/dialect.ts';
import { ROOT } from '../../model/top-level.ts';
import type { Version } from '../../names/brand.ts';
import { parseVersion } from '../../names/version.ts';
import type { Anchor } from '../../trust/anchor.ts';
import { trustFirstRoot, trustNextRoot } from '../../trust/root.ts';
import type { RootReached } from '../../trust/stages.ts';
import type { Verified } from '../../verify/verify-signed.ts';
import { askBytes } from '../ask.ts';
import type { ImportHead, ImportOffer, ImportReview } from './import-plan.ts';

/** Most roots of one repository. Its readers walk them one by one. */
export const MOST_IMPORTED_ROOTS = 1024;

/** All roots, oldest first, those that are stored among them. Throws ReviewError, TrustError or FormatError. */
export function* importedRoots(head: ImportHead | undefined, offer: ImportOffer, env: Env): ImportReview<readonly Verified<'root'>[]> {
  const offered = new Map(offer.files.filter(({ role }) => role === ROOT).map(({ version, bytes }) => [version, bytes]));
  const stored = head?.files.get(ROOT)?.version ?? 0;
  const newest = Math.max(stored, ...offered.keys());
  if (newest === 0) throw new ReviewError('refused-upload', 'an import begins with its roots, got none');
  if (newest > MOST_IMPORTED_ROOTS)
    throw new ReviewError('refused-upload', `root v${newest}: at most ${MOST_IMPORTED_ROOTS} roots of a repository are taken`);

  const chain: Verified<'root'>[] = [];
  let reached: RootReached | undefined;
  for (let number = 1; number <= newest; number += 1) {
    const version = parseVersion(number, 'root version');
    const here = number <= stored ? yield* askBytes({ need: 'stored', role: ROOT, version }) : undefined;
    const there = offered.get(version);
    if (here !== undefined && there !== undefined && !equalBytes(here, there)) throw anotherLine(offer, version);
    // Notary's own server takes a second version for a first one.
    if (here === undefined && number === 1 && there === undefined && (stored > 1 || offered.has(parseVersion(2, 'root version')))) continue;
    if (here === undefined && number <= stored) throw anotherLine(offer, version);
    const bytes = here ?? there;
    if (bytes === undefined)
      throw new ReviewError('wrong-version', `root v${version} is missing, though v${newest} came: roots have no gaps`);
    reached = reached === undefined ? trustFirstRoot(anchorOf(offer), undefined, version, bytes, env) : trustNextRoot(reached, bytes, env);
    chain.push(reached.root);
  }
  const { pin, unpinned } = offer.trust;
  const first = chain[0]?.content.version ?? 0;
  if (pin !== undefined && pin.version > first && unpinned === 'refuse') {
    const text = `root v${pin.version} is pinned, which says nothing of v${first} to v${pin.version - 1}: wanted the pin of the first root`;
    throw new TrustError('untrusted-root', text);
  }
  if (pin !== undefined && !chain.some(({ content }) => content.version === pin.version))
    throw new TrustError(
      'untrusted-root',
      `root v${pin.version} is pinned, and the roots that came are v${chain[0]?.content.version} to v${newest}`,
    );
  return chain;
}

/** This decides what is kept here, not whom anybody believes: a name that ends in `*` is its reader's affair. */
const anchorOf = ({ gun, trust }: ImportOffer): Anchor => ({
  gun,
  pins: trust.pin === undefined ? [] : [trust.pin],
  minimum: {},
  otherwise: trust.unpinned === 'refuse' ? 'refuse' : 'unsafe-first-use',
  binding: 'optional',
  wildcards: 'allow',
});

function anotherLine({ gun }: ImportOffer, version: Version): ReviewError {
  const text = `${gun} is here already, with another root v${version}: an import may only continue what is here, byte for byte`;
  return new ReviewError('foreign-metadata', text);
}
