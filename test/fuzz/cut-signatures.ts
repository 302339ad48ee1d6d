// Cuts in what lies outside `signed`, where nobody needs a key: signatures dropped, doubled, renamed, and taken from elsewhere.
import type { Chance } from '../lab/chance.ts';
import { copyOf, memberOf, type Place, placeIn, placeOf, replace, type Tree, valueAt } from './tree.ts';

interface One {
  readonly at: number;
  readonly whole: Tree;
  readonly keyid: Place;
  readonly sig: Place;
}
type SignatureCut = (mine: Tree[], one: One, theirs: readonly Tree[], chance: Chance) => void;

const other = (mine: readonly Tree[], name: string, chance: Chance): Tree => copyOf(memberOf(chance.pick(mine), name) ?? 'null');

const CUTS: readonly SignatureCut[] = [
  (mine, { at }) => void mine.splice(at, 1),
  (mine, { whole }) => void mine.push(copyOf(whole)),
  (mine, _, theirs) => void mine.push(...theirs.map(copyOf)),
  (_, { sig }, __, chance) => {
    const text = String(valueAt(sig));
    const cut = text.slice(0, -1);
    replace(sig, chance.pick(['""', '"00"', text.toUpperCase(), `${cut}zz"`, `${cut}00"`, `${cut.slice(0, -2)}"`, 'null']));
  },
  (mine, { sig }, _, chance) => replace(sig, other(mine, 'sig', chance)),
  (mine, { keyid }, _, chance) => replace(keyid, chance.pick(['"constructor"', '""', 'null', other(mine, 'keyid', chance)])),
  // The same good signature under another name: one key is one key.
  (mine, { whole }) => {
    const again = copyOf(whole);
    const name = placeOf(again, 'keyid');
    if (name !== undefined) replace(name, '"another name"');
    mine.push(again);
  },
  (mine, _, __, chance) => void mine.push(...Array.from({ length: chance.pick([61, 62, 63, 64]) }, (_unused, index) => stranger(index))),
  (mine) => void mine.reverse(),
  (mine, _, __, chance) => void cutInside(mine, chance),
];

const stranger = (index: number): Tree => ({
  members: [
    ['"keyid"', `"stranger ${index}"`],
    ['"sig"', '"00"'],
  ],
});

function cutInside(mine: Tree[], chance: Chance): void {
  const place = placeIn(mine, chance);
  if (place !== undefined) replace(place, chance.pick(['{}', '[]', '0', 'true', '"x"']));
}

/** One cut in place. `donor` is another file with signatures of its own. */
export function cutSignatures(tree: Tree, donor: Tree, chance: Chance): void {
  const [mine, theirs] = [memberOf(tree, 'signatures'), memberOf(donor, 'signatures')];
  if (!Array.isArray(mine) || !Array.isArray(theirs) || mine.length === 0) return;
  const at = chance.below(mine.length);
  const whole = mine[at] ?? '{}';
  const [keyid, sig] = [placeOf(whole, 'keyid'), placeOf(whole, 'sig')];
  if (keyid !== undefined && sig !== undefined) chance.pick(CUTS)(mine, { at, whole, keyid, sig }, theirs, chance);
}
