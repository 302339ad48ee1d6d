import { type Dialect, notary, ROOT, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { NotaryRepository } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { knowingRoots } from './known-roots.ts';

const env = { limits: STANDARD_LIMITS, crypto: nativeCryptography() };

function counted(): { readonly dialect: Dialect; parses(): number } {
  let parses = 0;
  const parse: Dialect['parse'] = (kind, name, file, given) => {
    parses += 1;
    return notary.parse(kind, name, file, given);
  };
  return { dialect: knowingRoots({ ...notary, parse }), parses: () => parses };
}

async function newRoot(): Promise<Uint8Array> {
  const repository = await NotaryRepository.create({ now: Date.now() });
  return (await repository.first()).get(ROOT) ?? new Uint8Array();
}

it('parses a root once, and one that differs in a byte anew', async () => {
  const { dialect, parses } = counted();
  const root = await newRoot();
  const first = dialect.parse('root', ROOT, root, env);
  expect(dialect.parse('root', ROOT, root.slice(), env)).toBe(first);
  expect(parses()).toBe(1);
  const spaced = Uint8Array.of(...root, 0x20);
  expect(dialect.parse('root', ROOT, spaced, env).file).toEqual(spaced);
  expect(parses()).toBe(2);
});

it('remembers no refusal, and no file of another kind', async () => {
  const { dialect, parses } = counted();
  const broken = (await newRoot()).slice(1);
  for (const _ of [1, 2]) expect(() => dialect.parse('root', ROOT, broken, env)).toThrow();
  const root = await newRoot();
  dialect.parse('root', ROOT, root, env);
  expect(() => dialect.parse('targets', ROOT, root, env)).toThrow('signed.targets');
  expect(parses()).toBe(4);
});

it('lets go of the roots that nobody asked for longest', async () => {
  const { dialect, parses } = counted();
  const root = await newRoot();
  const variant = (spaces: number): Uint8Array => Uint8Array.of(...root, ...new Uint8Array(spaces).fill(0x20));
  for (let spaces = 0; spaces <= 256; spaces += 1) dialect.parse('root', ROOT, variant(spaces), env);
  dialect.parse('root', ROOT, variant(256), env);
  expect(parses()).toBe(257);
  dialect.parse('root', ROOT, variant(0), env);
  expect(parses()).toBe(258);
});
