// Several people publish one collection at the same moment. The program has no retry of its own: whoever came second is told so,
// and tries again. What counts is that nobody is told that something landed which did not.
import { expect, it } from 'vitest';
import { sha256 } from './hashes.ts';
import { atEachServer, type Stage } from './servers.ts';

async function publishers(stage: Stage, name: string, snapshot: 'their own' | 'of the server') {
  const owner = stage.person(name);
  const gun = `registry.example.com/${name}/app`;
  await owner.notary(['init', gun, '-p']);
  if (snapshot === 'of the server') await owner.notary(['key', 'rotate', gun, 'snapshot', '-r']);
  const people = await Promise.all([1, 2, 3, 4].map((number) => owner.copy(`${name}-${number}`)));
  await Promise.all(people.map((who, index) => who.notary(['addhash', gun, `v${index}`, '3', '--sha256', sha256(`v${index}`)])));
  return { gun, people, reader: stage.person(`${name}-reader`) };
}

atEachServer('four publishers at once', { tools: ['notary'] }, (stage) => {
  it.each(['their own', 'of the server'] as const)(
    'with a snapshot key %s: what was said to have landed is there, the rest is not, and one retry each lands it',
    async (snapshot) => {
      const { gun, people, reader } = await publishers(stage, snapshot === 'their own' ? 'crowd' : 'crowd-server', snapshot);
      const published = await Promise.all(people.map((who) => who.attempt(['publish', gun])));
      const landed = published.flatMap(({ exit }, index) => (exit === 0 ? [`v${index}`] : []));
      expect(landed).not.toEqual([]);
      const list = async (): Promise<readonly string[]> => (await reader.notary(['list', gun])).match(/^v\d/gm) ?? [];
      expect(await list()).toEqual(landed);
      for (const [index, { exit }] of published.entries()) if (exit !== 0) await people[index]?.notary(['publish', gun]);
      expect(await list()).toEqual(['v0', 'v1', 'v2', 'v3']);
    },
  );
});
