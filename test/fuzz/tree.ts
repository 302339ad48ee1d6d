// A JSON file as something to cut in: members may stand twice, and a leaf is whatever text one likes to write there.
import type { Chance } from '../lab/chance.ts';

/** The text of a value, or what it is made of. */
export type Tree = string | Tree[] | Members;
export interface Members {
  readonly members: [name: string, value: Tree][];
}

export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return value.map(treeOf);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return { members: Object.entries(value).map(([name, item]) => [JSON.stringify(name), treeOf(item)]) };
}

export function textOf(tree: Tree): string {
  if (typeof tree === 'string') return tree;
  if (Array.isArray(tree)) return `[${tree.map(textOf).join(',')}]`;
  return `{${tree.members.map(([name, value]) => `${name}:${textOf(value)}`).join(',')}}`;
}

export const copyOf = (tree: Tree): Tree => {
  if (typeof tree === 'string') return tree;
  return Array.isArray(tree) ? tree.map(copyOf) : { members: tree.members.map(([name, value]) => [name, copyOf(value)]) };
};

/** A value inside of `tree`, any of them with the same chance to be met on the way down. */
export interface Place {
  readonly holder: Tree[] | Members;
  readonly at: number;
}

export function placeIn(tree: Tree, chance: Chance): Place | undefined {
  let place: Place | undefined;
  for (let inner = tree; typeof inner !== 'string'; ) {
    const size = Array.isArray(inner) ? inner.length : inner.members.length;
    if (size === 0) break;
    place = { holder: inner, at: chance.below(size) };
    if (chance.once(4)) break;
    inner = valueAt(place);
  }
  return place;
}

export function valueAt({ holder, at }: Place): Tree {
  const value = Array.isArray(holder) ? holder[at] : holder.members[at]?.[1];
  if (value === undefined) throw new Error('there is no such place');
  return value;
}

export function replace({ holder, at }: Place, value: Tree): void {
  if (Array.isArray(holder)) holder[at] = value;
  else holder.members[at] = [holder.members[at]?.[0] ?? '""', value];
}

/** Where the member `name` stands; undefined when `tree` is no object or has none. */
export function placeOf(tree: Tree, name: string): Place | undefined {
  if (typeof tree === 'string' || Array.isArray(tree)) return undefined;
  const at = tree.members.findIndex(([written]) => written === JSON.stringify(name));
  return at < 0 ? undefined : { holder: tree, at };
}

export function memberOf(tree: Tree, name: string): Tree | undefined {
  const place = placeOf(tree, name);
  return place && valueAt(place);
}
