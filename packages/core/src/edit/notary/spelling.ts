// One spelling of a file: the one that Notary's programs write. They hash what they would have written, not what arrived, so that any
// other spelling, stored once, ends in a repository that they cannot read (Cure53's TUF-01-001).
import { FormatError } from '../../errors.ts';
import { isWireForm } from '../../formats/notary/wire.ts';
import type { Parsed } from '../../model/metadata.ts';

/** Throws FormatError `malformed` unless `metadata` is spelled as its programs spell it. */
export function reviewSpelling(metadata: Parsed): void {
  if (isWireForm(metadata)) return;
  const wanted = 'wanted the canonical form of signed, then signatures, and nothing beside them';
  throw new FormatError('malformed', `${metadata.name}: ${wanted}, as notary writes it`);
}
