// Mutations that know what JSON is: members taken out, doubled, swapped, retyped, and values at the edges of what they may be.
import type { Chance } from '../lab/chance.ts';
import { copyOf, type Place, placeIn, replace, type Tree, valueAt } from './tree.ts';

const NUMBERS = ['0', '-0', '1', '-1', '1.0', '1e0', '1.5', '2', '01', '+1', '9007199254740991', '9007199254740992', '9007199254740993'];
const ODD_NUMBERS = ['-9007199254740991', '1e400', '1E2', '0.2e1', '1e-7', 'NaN', '-Infinity', '0x1', '1n', `1${'0'.repeat(400)}`];
const WORDS = ['null', 'true', 'false', '{}', '[]', '[[]]', 'undefined', '', '{"a":1,"a":1}'];
const STRINGS = ['', 'x', 'root', 'targets', 'releases', '__proto__', 'constructor', 'a'.repeat(300), '../x', 'e\u0301', '\u{1f600}', '*'];
const TIMES = [
  'never',
  '9999-12-31T23:59:59Z',
  '0000-01-01T00:00:00Z',
  '2099-02-30T00:00:00Z',
  '2099-01-01T00:00:00+00:00',
  '1.0',
  '2.0.0',
];
const ODD_STRINGS = ['"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\u0001"', '"\\x"', '"open', "'single'", '"\\u005ftype"', '"\\/"'];
const DEPTHS = [60, 61, 62, 63, 64, 65, 200, 1001, 5000];
const NAMES = ['version', 'expires', '_type', 'keys', 'roles', 'threshold', 'hashes', 'length', 'signed', 'signatures', 'x-countersign'];

/** A value of the same type, at the edge of what it may be. */
function likeness(value: Tree, chance: Chance): Tree {
  if (Array.isArray(value)) return [];
  if (typeof value !== 'string') return { members: [] };
  if (value.startsWith('"')) return JSON.stringify(chance.pick(chance.once(3) ? TIMES : STRINGS));
  return chance.pick(/^\d/.test(value) ? NUMBERS : ['true', 'false']);
}

function edge(chance: Chance): string {
  const strings = [...STRINGS, ...TIMES].map((text) => JSON.stringify(text));
  const nested = (depth: number): string =>
    chance.once(2) ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  if (chance.once(20)) return nested(chance.pick(DEPTHS));
  return chance.pick([NUMBERS, ODD_NUMBERS, WORDS, strings, ODD_STRINGS].flatMap((list) => [chance.pick(list)]));
}

/** Another spelling of a text, or a text that is nearly the same. */
function bent(text: string, chance: Chance): string {
  if (!text.startsWith('"')) return chance.pick([`${text}.0`, `${text}e0`, ` ${text}\n`, `-${text}`, `"${text}"`, `${text}0`]);
  const at = 1 + chance.below(Math.max(1, text.length - 2));
  const char = text.charCodeAt(at);
  return chance.pick([
    text.toUpperCase(),
    `${text.slice(0, -1)} "`,
    `${text.slice(0, at)}\\u${char.toString(16).padStart(4, '0')}${text.slice(at + 1)}`,
    `${text.slice(0, at)}${text.slice(at + 1)}`,
    `${text.slice(0, at)}${String.fromCharCode(char ^ 1)}${text.slice(at + 1)}`,
    `${text.slice(0, -1)}\u0301"`,
    `"${text.slice(1, -1).repeat(2)}"`,
  ]);
}

type TreeCut = (place: Place, more: { readonly tree: Tree; readonly donor: Tree; readonly chance: Chance }) => void;

const TREE_CUTS: readonly TreeCut[] = [
  remove,
  (place, { chance }) => double(place, chance.once(2) ? copyOf(valueAt(place)) : edge(chance)),
  // A copy, or a tree that holds itself would never end.
  (place, { tree, chance }) => replace(place, copyOf(valueAt(placeIn(tree, chance) ?? place))),
  (place, { donor, chance }) => replace(place, copyOf(valueAt(placeIn(donor, chance) ?? place))),
  (place, { chance }) => rename(place, chance),
  reverse,
  (place) => replace(place, [valueAt(place)]),
  (place, { chance }) => replace(place, { members: [[JSON.stringify(chance.pick(NAMES)), valueAt(place)]] }),
  (place, { chance }) => {
    const value = valueAt(place);
    replace(place, typeof value === 'string' ? bent(value, chance) : edge(chance));
  },
  (place, { chance }) => replace(place, edge(chance)),
];

/** One cut in place. `donor` is another file, from which values are taken over. */
export function cutTree(tree: Tree, donor: Tree, chance: Chance): void {
  const place = placeIn(tree, chance);
  if (place === undefined) return;
  // Most of what is cut without care does not get past the reader.
  if (chance.once(3)) replace(place, likeness(valueAt(place), chance));
  else chance.pick(TREE_CUTS)(place, { tree, donor, chance });
}

function remove({ holder, at }: Place): void {
  (Array.isArray(holder) ? holder : holder.members).splice(at, 1);
}

function double({ holder, at }: Place, value: Tree): void {
  if (Array.isArray(holder)) holder.splice(at, 0, value);
  else holder.members.splice(at, 0, [holder.members[at]?.[0] ?? '""', value]);
}

function rename({ holder, at }: Place, chance: Chance): void {
  if (Array.isArray(holder)) return;
  const [name, value] = holder.members[at] ?? ['""', '0'];
  holder.members[at] = [chance.once(2) ? JSON.stringify(chance.pick([...NAMES, ...STRINGS])) : bent(name, chance), value];
}

function reverse({ holder }: Place): void {
  (Array.isArray(holder) ? holder : holder.members).reverse();
}
