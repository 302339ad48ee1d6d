// Files of Notary do not say which repository they belong to. Whoever signs two with one key of targets lets the server move a file from
// one to the other, as long as no entry in it says where it was signed: entries of ours do.
import { entryOf, type Gun, imageEntry, jsonObject, notary, parseDigest, parseGun, TARGETS } from '@countersign/core';
import { NotaryRepository } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { refusal } from '../victims/victims.ts';
import { againstReaders } from './readers.ts';

const OTHER: Gun = parseGun('registry.example.com/team/other');

const image = imageEntry({ digest: parseDigest(`sha256:${'a'.repeat(64)}`), length: 7, mediaType: 'a/b' });

/** A repository whose targets are those that somebody signed with the same key for `gun`, byte for byte. */
async function moved(gun: Gun): Promise<NotaryRepository> {
  const repository = await NotaryRepository.create();
  await repository.post(await repository.first());
  const targets = jsonObject({ v1: notary.entry(entryOf(gun, image)), v2: notary.entry({ ...image, custom: undefined }) });
  await repository.post(new Map([[TARGETS, await repository.targets(TARGETS, { targets })]]));
  return repository;
}

againstReaders('refuses what the same key signed for another repository,', (start) => {
  it('where the entry says so', async () => {
    const repository = await moved(OTHER);
    const victim = await start(repository);
    expect(await refusal(victim.find('v1'))).toBe('wrong-repository');
  });

  it('and takes what was signed here, and what other tools signed without a word of it', async () => {
    const repository = await moved(parseGun('registry.example.com/team/app'));
    const victim = await start(repository);
    expect([await victim.find('v1'), await victim.find('v2')]).toEqual(['a'.repeat(64), 'a'.repeat(64)]);
  });
});
