// A signer works for two repositories, and the owner of one of them is hostile: its root states the id of the other, so that what is
// signed for the one is bound to both. Nothing but the signer's own word, and the names in a root, tells them apart.
import { type Gun, imageEntry, newSignature, parseGun, RELEASES, ROOT, type Signer, type TargetEntry } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { judge, roleName, type Simulator, versioned, withMember } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { held, image, published, resigned } from './victims/story.ts';
import { against, againstClients, refusal } from './victims/victims.ts';

const HOSTILE: Gun = parseGun('registry.example.com/hostile/app');

interface Signature {
  readonly message: Uint8Array;
  readonly bytes: Uint8Array;
}

/** A signer that tells what it signed: what it uploads, a hostile server has. */
function overheard(): { readonly signer: Signer; readonly heard: Signature[] } {
  const behind = generateSigner('ed25519');
  const heard: Signature[] = [];
  const sign = async (message: Uint8Array): Promise<Uint8Array> => {
    const bytes = await behind.sign(message);
    heard.push({ message, bytes });
    return bytes;
  };
  return { signer: { key: behind.key, sign }, heard };
}

/** The victims' repository, and one that states its id; the signer signs `releases` in both. */
async function both(signer: Signer): Promise<{ victims: Simulator; hostile: Simulator }> {
  const victims = await published([]);
  await held(victims, 'releases', [signer], 1);
  await victims.publish({ v1: image('v1').entry });
  const hostile = await published([], { gun: HOSTILE, repository: victims.binding.repository });
  await held(hostile, 'releases', [signer], 1);
  // So far ahead that what is signed there next is news here.
  await hostile.next('targets', RELEASES, {}, { bend: versioned(40) });
  await hostile.advance();
  return { victims, hostile };
}

const wrong: TargetEntry = imageEntry({ digest: image('v2').digest, length: image('v2').bytes.length, mediaType: image('v2').mediaType });

againstClients('signs for one name', (start) => {
  it('and what it signs for a hostile owner is of no use to the readers of another repository', async () => {
    const { signer, heard } = overheard();
    const { victims, hostile } = await both(signer);
    const publisher = await start(hostile, { lies: new Map([['', { do: 'status', status: 200 }]]) });
    heard.splice(0);
    await publisher.publish({ kind: 'entries', entries: new Map([['v1', wrong]]) }, [signer]);
    const [signature] = heard;
    if (signature === undefined) throw new Error('nothing was signed');
    expect(JSON.parse(new TextDecoder().decode(signature.message))['x-countersign']).toEqual({
      repository: victims.binding.repository,
      name: HOSTILE,
      role: 'releases',
    });

    // The server of the victims is hostile too: it lists and serves what it was given.
    const bytes = hostile.env().dialect.file(hostileSigned(hostile, signature), [newSignature(signer.key, signature.bytes)]);
    const reader = await start(victims);
    await reader.verify('v1');
    victims.newest.set(RELEASES, { ...(await victims.next('targets', RELEASES, {}, { bend: versioned(41) })), bytes });
    victims.served.set('41.releases.json', bytes);
    await victims.snapshot({ bend: withMember(['meta', 'releases.json'], new Map([['version', 41]])) });
    await victims.timestamp();
    reader.registry.set('v1', image('v2'));
    expect(await refusal(reader.verify('v1'))).toBe('wrong-repository');
  });
});

function hostileSigned(repository: Simulator, { message }: Signature) {
  // The canonical form of a file without control characters is JSON.
  const file = new TextEncoder().encode(`{"signatures":[],"signed":${new TextDecoder().decode(message)}}`);
  return repository.parsed('targets', RELEASES, file).signed;
}

against('follows no root into another repository', (start) => {
  it('that states its id, although a root key of both signed it', async () => {
    const repository = await published(['v1']);
    const fork = repository.fork();
    const accomplice = generateSigner('ed25519');
    fork.keys.set(ROOT, [...repository.signersOf('root'), accomplice]);
    // The signer believed to sign for the hostile repository; its owner goes on alone, and returns under the victims' name.
    await fork.next('root', ROOT, fork.rootBody(), { bend: withMember(['x-countersign', 'names'], [HOSTILE]) });
    const back = withMember(['x-countersign', 'names'], [repository.gun]);
    await fork.next('root', ROOT, fork.rootBody(), { bend: back, signers: [accomplice] });
    const victim = await start(repository);
    victim.instead.set('2.root.json', fork.served.get('2.root.json'));
    victim.instead.set('3.root.json', fork.served.get('3.root.json'));
    expect(await refusal(victim.verify('v1'))).toBe('wrong-repository');
  });

  it('but follows its own to another name, step by step', async () => {
    const repository = await published(['v1']);
    await repository.next('root', ROOT, {}, { bend: withMember(['x-countersign', 'names'], ['files/before', repository.gun]) });
    await repository.next('root', ROOT, {}, { bend: withMember(['x-countersign', 'names'], [repository.gun, 'files/after']) });
    const victim = await start(repository);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });
});

describe('the server', () => {
  const bend = withMember(['x-countersign', 'name'], HOSTILE);

  it('refuses a role that was signed for another name', async () => {
    const standing = await published(['v1']);
    const draft = standing.fork();
    const { bytes } = await draft.next('targets', RELEASES, {}, { bend });
    expect(await refusal(() => judge({ gun: standing.gun, standing, parts: { releases: bytes } }))).toBe('wrong-repository');
  });

  it('refuses a root that states the id of a repository of another name', async () => {
    const standing = await published(['v1']);
    const draft = standing.fork();
    await resigned(draft, 'root');
    const claims = new Map([[`repository ${standing.binding.repository}`, HOSTILE]]);
    const parts = { root: draft.newest.get(ROOT)?.bytes };
    expect(await refusal(() => judge({ gun: standing.gun, standing, parts, claims }))).toBe('foreign-metadata');
    const own = new Map([[`repository ${standing.binding.repository}`, standing.gun]]);
    expect(judge({ gun: standing.gun, standing, parts, claims: own }).kind).toBe('root');
  });

  it('refuses a root that drops the name a role was signed for', async () => {
    const standing = await published(['v1']);
    const names = (list: readonly string[]) => withMember(['x-countersign', 'names'], list);
    await standing.next('root', ROOT, {}, { bend: names([standing.gun, HOSTILE]) });
    await standing.next('targets', RELEASES, {}, { bend });
    await standing.advance();
    const draft = standing.fork();
    const { bytes } = await draft.next('root', ROOT, {}, { bend: names([standing.gun]) });
    const judged = (parts: Readonly<Record<string, Uint8Array>>) => judge({ gun: standing.gun, standing, parts });
    expect(await refusal(() => judged({ root: bytes }))).toBe('orphaned-role');
    const own = withMember(['x-countersign', 'name'], standing.gun);
    const releases = await draft.next('targets', roleName('releases'), {}, { bend: own });
    expect(judged({ root: bytes, releases: releases.bytes }).files).toHaveLength(2);
  });
});
