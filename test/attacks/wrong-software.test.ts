// TUF 1.0.34 §1.5.2, wrong software installation: what is signed is given to somebody who asked for something else.
import { fileEntry, RELEASES, revocationEntry, revocationPath, type TargetEntry, tuf } from '@countersign/core';
import { judge, withMember } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { image, published } from './victims/story.ts';
import { against, againstClients, refusal } from './victims/victims.ts';

against('gives nothing but what was asked for', (start) => {
  it('not the image of another tag', async () => {
    const repository = await published(['v1', 'v2']);
    const victim = await start(repository);
    victim.registry.set('v1', image('v2'));
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])('nothing for the unsigned tag %s', async (tag) => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    victim.registry.set(tag, image('v1'));
    expect(await refusal(victim.verify(tag))).toBe('unsigned');
  });

  it.each(['constructor', '__proto__', 'toString'])('the signed entry for the tag %s and no other', async (tag) => {
    const repository = await published([]);
    // A literal of that name would set the prototype instead of a member.
    await repository.publish(Object.fromEntries([[tag, image('v2').entry]]));
    const victim = await start(repository);
    victim.registry.set(tag, image('v2'));
    expect(await victim.verify(tag)).toBe(image('v2').digest);
    victim.registry.set(tag, image('v1'));
    expect(await refusal(victim.verify(tag))).toBe('mismatch');
  });

  it.each(['V1', 'v1 ', ' v1', 'v1/', './v1', '../v1', 'x/../v1', 'v1%00', '%76%31', 'v%31', 'v1%2f', 'v1\u0000', 'v１', 'v1\u0301', ''])(
    'nothing for %j, which is not v1',
    async (tag) => {
      const repository = await published(['v1']);
      const victim = await start(repository);
      victim.registry.set(tag, image('v1'));
      expect(['unsigned', 'invalid-name']).toContain(await refusal(victim.verify(tag)));
    },
  );

  it.each<readonly [string, TargetEntry]>([
    ['a file', fileEntry({ digest: image('v1').digest, length: image('v1').bytes.length })],
    ['a denial', revocationEntry(image('v1').digest)],
  ])('no image where %s is signed', async (_, entry) => {
    const repository = await published([]);
    await repository.publish({ v1: entry });
    const victim = await start(repository);
    expect(await refusal(victim.verify('v1'))).toBe('wrong-kind');
  });
});

againstClients('looks at what it is given', (start) => {
  it('no image that is served as another type than was signed', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    victim.registry.set('v1', { bytes: image('v1').bytes, mediaType: 'application/vnd.oci.image.manifest.v1+json' });
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
  });

  it('no image whose digest was denied, under any tag', async () => {
    const repository = await published(['v1', 'v2']);
    await repository.publish({ [revocationPath(image('v1').digest)]: revocationEntry(image('v1').digest) });
    const victim = await start(repository);
    expect(await refusal(victim.verify('v1'))).toBe('revoked');
    expect(await victim.verify('v2')).toBe(image('v2').digest);
  });
});

describe('the server', () => {
  // Each is one name to some clients and another to others, or a place outside of where they write.
  it.each([
    '',
    '/v1',
    'v1/',
    'a//v1',
    './v1',
    '../v1',
    'a/../v1',
    'a/./v1',
    '..',
    'v1\\',
    'a\\v1',
    'v1\u0000',
    'v1\n',
    'v1\u007f',
    'v1\u0301e\u0301',
  ])('passes on no entry named %j', async (path) => {
    const standing = await published(['v1']);
    const draft = standing.fork();
    const bend = withMember(['targets'], new Map([[path, tuf.entry(image('v1').entry)]]));
    const { bytes } = await draft.next('targets', RELEASES, {}, { bend });
    expect(await refusal(() => judge({ gun: standing.gun, standing, parts: { releases: bytes } }))).toBe('unsafe-name');
  });

  it.each(['constructor', '__proto__', 'toString'])('takes an entry named %s for what it is', async (path) => {
    const standing = await published(['v1']);
    const draft = standing.fork();
    const bend = withMember(['targets'], new Map([[path, tuf.entry(image('v1').entry)]]));
    const { bytes } = await draft.next('targets', RELEASES, {}, { bend });
    expect(judge({ gun: standing.gun, standing, parts: { releases: bytes } }).files).toHaveLength(1);
  });
});
