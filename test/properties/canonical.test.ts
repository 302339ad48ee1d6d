// Signatures cover the canonical form of what arrived. It must not depend on how a file was written, and must survive being read.
import {
  encodeCanonical,
  encodeJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  nextDraft,
  type Parsed,
  parseInstant,
  readJson,
  tuf,
} from '@countersign/core';
import { memberAt, roleName, type Simulator, simulate } from '@countersign/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../attacks/victims/story.ts';

const text = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);

const names = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('constructor', '__proto__', '', 'a', '\u{e000}', '\u{1f600}'),
);
const strings = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('"', '\\', '\n', '\u0000', '\u2028', 'e\u0301', '/'),
);

/** Any JSON of ours: whole numbers, well-formed strings, control characters too. */
const { tree } = fc.letrec<{ tree: JsonValue; object: JsonObject }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, true, false, 0),
    fc.maxSafeInteger(),
    strings,
    fc.array(tie('tree'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(names, tie('tree')), { maxLength: 4 }).map((members) => new Map(members)),
}));

/** Members that nobody knows, as a file may carry them anywhere. */
const foreign = fc
  .array(
    fc.tuple(
      names.map((name) => `x-${name}`),
      tree,
    ),
    { maxLength: 4 },
  )
  .map((members) => new Map(members));

/** JSON text of a value in one of its many spellings, chosen by a stream of numbers. */
function spelled(value: JsonValue, choose: () => number): string {
  const space = (): string => ['', '', '', ' ', '\n', '\t\r'][choose() % 6] ?? '';
  const quoted = (part: string): string => `"${[...part].map((char) => spelledCharacter(char, choose)).join('')}"`;
  const joined = (items: readonly string[]): string => items.map((item) => `${space()}${item}${space()}`).join(',');
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${joined(value.map((item: JsonValue) => spelled(item, choose)))}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = [...value].map(([name, item]) => `${quoted(name)}${space()}:${space()}${spelled(item, choose)}`);
  // Any order: by the next number, as often as it takes.
  for (let at = members.length - 1; at > 0; at -= 1) {
    const other = choose() % (at + 1);
    [members[at], members[other]] = [members[other] ?? '', members[at] ?? ''];
  }
  return `{${joined(members)}}`;
}

function spelledCharacter(char: string, choose: () => number): string {
  const plain = JSON.stringify(char).slice(1, -1);
  if (choose() % 4 !== 0) return plain;
  return [...Array(char.length).keys()].map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
}

const stream = fc.infiniteStream(fc.nat(1000));

describe('the canonical form', () => {
  it('is the same for every spelling of a value', () => {
    fc.assert(
      fc.property(tree, stream, (value, numbers) => {
        const signed = spelled(new Map([['signed', value]]), () => numbers.next().value ?? 0);
        const document = readJson(new TextEncoder().encode(signed), { maxDepth: 64 });
        const fast = document.canonicalMember('signed') ?? encodeCanonical(memberAt(document.value, ['signed']) ?? null);
        expect(text(fast)).toBe(text(encodeCanonical(value)));
      }),
      { numRuns: 600 },
    );
  });

  it('differs for two values that differ', () => {
    fc.assert(
      fc.property(tree, tree, (one, other) => {
        const same = text(encodeJson(one)) === text(encodeJson(other));
        expect(text(encodeCanonical(one)) === text(encodeCanonical(other))).toBe(same);
      }),
      { numRuns: 600 },
    );
  });

  it('survives being written as a file and read again', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const again = readJson(encodeJson(value), { maxDepth: 64 }).value;
        expect(text(encodeCanonical(again))).toBe(text(encodeCanonical(value)));
      }),
      { numRuns: 400 },
    );
  });
});

describe.each(ROLES)('a whole %s', (role) => {
  let repository: Simulator;
  beforeAll(async () => {
    repository = await simulate();
  });
  const kind = (role === 'releases' ? 'targets' : role) satisfies Exclude<Role, 'releases'>;
  const read = (file: Uint8Array): Parsed => tuf.parse(kind, roleName(role), file, repository.env());

  /** The newest file, with members that nobody knows inside and out. */
  const withForeign = (inside: JsonObject): JsonObject => new Map([...repository.current(kind, roleName(role)).signed, ...inside]);

  it('has the canonical form of its canonical form, whatever else it carries', () => {
    fc.assert(
      fc.property(foreign, (inside) => {
        const signed = withForeign(inside);
        const parsed = read(tuf.file(signed, []));
        expect(text(parsed.signedBytes)).toBe(text(tuf.canonical(signed)));
        const again = read(tuf.file(parsed.signed, []));
        expect(text(again.signedBytes)).toBe(text(parsed.signedBytes));
        expect(text(again.file)).toBe(text(parsed.file));
      }),
      { numRuns: 100 },
    );
  });

  it('means the same in every spelling', () => {
    fc.assert(
      fc.property(foreign, stream, (inside, numbers) => {
        const file = new Map<string, JsonValue>([
          ['signed', withForeign(inside)],
          ['signatures', []],
        ]);
        const parsed = read(new TextEncoder().encode(spelled(file, () => numbers.next().value ?? 0)));
        expect(text(parsed.signedBytes)).toBe(text(tuf.canonical(withForeign(inside))));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps in its next version what nobody knows', () => {
    fc.assert(
      fc.property(foreign, (inside) => {
        const parsed = read(tuf.file(withForeign(inside), []));
        const draft = nextDraft(parsed, parseInstant('2031-01-01T00:00:00Z', 'expires'), {}, repository.env());
        for (const [name, value] of inside) expect(draft.signed.get(name)).toEqual(value);
        expect(text(read(tuf.file(draft.signed, [])).signedBytes)).toBe(text(draft.message));
      }),
      { numRuns: 60 },
    );
  });
});
