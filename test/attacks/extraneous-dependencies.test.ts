// TUF 1.0.34 §1.5.2, extraneous dependencies: the attacker adds something to what is signed: a platform to an index, a word to the
// signed facts about an image.
import { type JsonValue, RELEASES } from '@countersign/core';
import { changedMember, respelled, sampleImage, withoutHashes } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { fileOf, image, pathOf, published, resigned } from './victims/story.ts';
import { against, refusal } from './victims/victims.ts';

const custom = ['targets', 'v1', 'custom'];

against('believes only what was signed', (start) => {
  it('no index that lists a platform more', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    const index = JSON.parse(new TextDecoder().decode(image('v1').bytes));
    index.manifests.push({ ...index.manifests[0], digest: sampleImage({ seed: 'evil' }).manifests[0]?.digest });
    victim.registry.set('v1', { bytes: new TextEncoder().encode(JSON.stringify(index)), mediaType: image('v1').mediaType });
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
  });

  it('no index in which a platform was exchanged, of the same length', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    const [ours] = sampleImage({ seed: 'v1' }).manifests;
    const [evil] = sampleImage({ seed: 'xx' }).manifests;
    const bytes = respelled(image('v1').bytes, String(ours?.digest), String(evil?.digest));
    expect(bytes.length).toBe(image('v1').bytes.length);
    victim.registry.set('v1', { bytes, mediaType: image('v1').mediaType });
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
  });

  it('no word in a signed entry that its signers did not sign', async () => {
    const repository = await published(['v1']);
    await resigned(repository, 'snapshot', { bend: withoutHashes });
    const victim = await start(repository);
    victim.instead.set(pathOf(repository, 'releases'), respelled(fileOf(repository, 'releases'), '"kind":"image"', '"kind":"imagf"'));
    expect(await refusal(victim.verify('v1'))).toBe('signature');
    victim.instead.set(pathOf(repository, 'releases'), respelled(fileOf(repository, 'releases'), '"custom":{', '"custom":{"a":1,'));
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });

  it.each<readonly [string, (value: JsonValue) => JsonValue]>([
    [
      'a kind that this version does not know',
      () =>
        new Map([
          [
            'countersign',
            new Map<string, JsonValue>([
              ['v', 1],
              ['kind', 'plugin'],
            ]),
          ],
        ]),
    ],
    [
      'another version of an entry',
      () =>
        new Map([
          [
            'countersign',
            new Map<string, JsonValue>([
              ['v', 2],
              ['kind', 'image'],
            ]),
          ],
        ]),
    ],
    ['a statement that is no object', () => new Map([['countersign', 'image']])],
  ])('no entry that states %s', async (_, change) => {
    const repository = await published(['v1']);
    await repository.next('targets', RELEASES, {}, { bend: changedMember(custom, change) });
    await repository.advance();
    const victim = await start(repository);
    expect(await refusal(victim.verify('v1'))).toBe('malformed');
  });
});
