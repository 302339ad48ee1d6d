// What can become of a value when the one who checks it is unlucky: it is not there, it is nothing, it is something else, it is
// enormous, or it is there twice.
import { encodeJson, isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '@countersign/core';
import { type Bend, type MemberPath, memberAt, withMember, withoutMember } from '@countersign/testkit';

/** `undefined` takes the member away, or says that the mutation is none for this value. */
type Mutation = readonly [name: string, change: (value: JsonValue) => JsonValue | undefined];

const LONG = 'a'.repeat(300);

const MUTATIONS: readonly Mutation[] = [
  ['missing', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['false', () => false],
  ['zero', () => 0],
  ['minus one', () => -1],
  ['the largest number', () => Number.MAX_SAFE_INTEGER],
  ['an empty string', () => ''],
  ['a string', () => 'x'],
  ['a long string', () => LONG],
  ['an empty object', () => new Map()],
  ['an empty array', () => []],
  ['as a string', (value) => (typeof value === 'string' ? undefined : JSON.stringify(plain(value)))],
  ['in an array', (value) => [value]],
  ['in an object', (value) => new Map([['value', value]])],
  ['twice in an array', (value) => (isJsonArray(value) ? [...value, ...value] : undefined)],
  ['with a space behind', (value) => (typeof value === 'string' ? `${value} ` : undefined)],
  ['in upper case', (value) => (typeof value === 'string' ? value.toUpperCase() : undefined)],
];

const plain = (value: JsonValue): unknown => {
  if (isJsonObject(value)) return Object.fromEntries([...value].map(([name, item]) => [name, plain(item)]));
  return isJsonArray(value) ? value.map(plain) : value;
};

/** Every place in a tree, the inner ones too. */
export function placesIn(value: JsonValue, above: MemberPath = []): readonly MemberPath[] {
  const inner: readonly (readonly [string | number, JsonValue])[] = isJsonObject(value)
    ? [...value]
    : isJsonArray(value)
      ? value.map((item, index) => [index, item] as const)
      : [];
  return inner.flatMap(([step, item]) => {
    const path = [...above, step];
    return [path, ...placesIn(item, path)];
  });
}

/** The tree as JSON, in which the member at `twice` stands two times with the same value. */
export function writtenTwice(value: JsonValue, twice: MemberPath): string {
  if (isJsonArray(value)) return `[${value.map((item, index) => writtenTwice(item, below(twice, index))).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = [...value].flatMap(([name, item]) => {
    const text = `${JSON.stringify(name)}:${writtenTwice(item, below(twice, name))}`;
    return twice.length === 1 && twice[0] === name ? [text, text] : [text];
  });
  return `{${members.join(',')}}`;
}

// A path that leads elsewhere leads nowhere below.
const below = (path: MemberPath, step: string | number): MemberPath => (path[0] === step ? path.slice(1) : []);

/** A place as the tables name it: key ids are all alike. */
export const placeName = (path: MemberPath): string =>
  path.map((step) => (typeof step === 'string' && /^[0-9a-f]{64}$/.test(step) ? 'KEY' : step)).join('.');

/** Every change that a tree can suffer in one place, but those that change nothing. */
export function* mutationsOf(tree: JsonObject): Generator<{ readonly place: string; readonly name: string; readonly bend: Bend }> {
  for (const path of placesIn(tree)) {
    const value = memberAt(tree, path);
    if (value === undefined) throw new Error(`nothing stands at ${placeName(path)}`);
    for (const [name, change] of MUTATIONS) {
      const changed = change(value);
      const isAway = changed === undefined && name === 'missing';
      if (!isAway && (changed === undefined || isSame(changed, value))) continue;
      yield { place: placeName(path), name, bend: changed === undefined ? withoutMember(path) : withMember(path, changed) };
    }
  }
}

const isSame = (one: JsonValue, other: JsonValue): boolean => Buffer.from(encodeJson(one)).equals(encodeJson(other));
