// One file of the fuzzer's: an honest one, cut a few times.
import { type Anchor, encodeUtf8 } from '@countersign/core';
import type { Chance } from '../lab/chance.ts';
import type { Subject } from './corpus.ts';
import { cutBytes } from './cut-bytes.ts';
import { cutSignatures } from './cut-signatures.ts';
import { cutTree } from './cut-tree.ts';
import { copyOf, memberOf, type Tree, textOf, treeOf } from './tree.ts';

/** A subject with what every file in its place needs, made once. */
export interface Cuttable extends Subject {
  readonly tree: Tree;
  readonly anchor: Anchor;
}

export const cuttable = (subject: Subject): Cuttable => ({
  ...subject,
  tree: treeOf(JSON.parse(new TextDecoder().decode(subject.file))),
  anchor: subject.repository.anchor(),
});

export interface Cut {
  readonly bytes: Uint8Array;
  /** Whether it makes sense to have what came out signed again. */
  readonly inside: boolean;
}

export function cut(subject: Cuttable, donor: Cuttable, chance: Chance): Cut {
  const kind = chance.below(10);
  if (kind < 3) {
    let bytes = subject.file;
    for (let left = 1 + chance.below(3); left > 0 && bytes.length > 0; left--) bytes = cutBytes(bytes, donor.file, chance);
    return { bytes, inside: false };
  }
  const tree = copyOf(subject.tree);
  const inside = kind < 8;
  const signed = memberOf(tree, 'signed');
  for (let left = chance.once(2) ? 1 : 1 + chance.below(3); left > 0; left--) {
    if (!inside) cutSignatures(tree, donor.tree, chance);
    else cutTree(signed === undefined || chance.once(10) ? tree : signed, memberOf(donor.tree, 'signed') ?? donor.tree, chance);
  }
  return { bytes: encodeUtf8(textOf(tree)), inside };
}
