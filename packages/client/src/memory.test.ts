import { parseGun, refresh } from '@countersign/core';
import { answerFrom, drive, simulate, withMember } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { type Known, openMemory } from './memory.ts';

/** What a client knows of a repository whose targets have about this many bytes. */
async function known(bytes: number): Promise<Known> {
  const repository = await simulate();
  await repository.next('targets', 'targets' as never, {}, { bend: withMember(['x-more'], 'a'.repeat(bytes)) });
  await repository.advance();
  const { result } = drive(refresh(repository.anchor(), undefined, repository.env()), answerFrom(repository.served));
  return { anchor: '', remembered: {} as never, stage: result, trusted: new Map() };
}
const gun = (name: string) => parseGun(`registry.example.com/${name}`);

it('holds small repositories side by side, and large ones one at a time', async () => {
  const memory = openMemory();
  const [small, large] = [await known(10), await known(30 * 1024 * 1024)];
  memory.set(gun('one'), small);
  memory.set(gun('two'), large);
  memory.set(gun('three'), large);
  expect(['one', 'two', 'three'].map((name) => memory.get(gun(name)) !== undefined)).toEqual([true, true, true]);
  memory.set(gun('four'), large);
  expect(['one', 'two', 'three', 'four'].map((name) => memory.get(gun(name)) !== undefined)).toEqual([false, false, true, true]);
});

it('holds the repository used last, whatever its size', async () => {
  const memory = openMemory();
  const large = await known(30 * 1024 * 1024);
  const roles = new Map(['a', 'b', 'c'].map((name) => [name, large.stage.targets] as const));
  memory.set(gun('one'), { ...large, trusted: roles });
  expect(memory.get(gun('one'))).toBeDefined();
  memory.set(gun('two'), await known(10));
  expect(memory.get(gun('one'))).toBeUndefined();
});

it('holds so many and no more', async () => {
  const memory = openMemory();
  const small = await known(10);
  for (let at = 0; at < 40; at += 1) memory.set(gun(`r${at}`), small);
  expect(Array.from({ length: 40 }, (_, at) => memory.get(gun(`r${at}`)) !== undefined).filter(Boolean)).toHaveLength(32);
});
