import {
  digestOf,
  encodeUtf8,
  fileEntry,
  imageEntry,
  type JsonValue,
  jsonObject,
  portable,
  revocationEntry,
  revocationPath,
} from '@countersign/core';
import { type MetadataServer, type Simulator, simulate, startMetadataServer } from '@countersign/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeMachines, type Machine, machine, noRegistry, serves } from '../test/machine.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const manifest = encodeUtf8(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: {}, layers: [] }));
const digest = digestOf(portable(), manifest);
const image = imageEntry({ digest, length: manifest.length, mediaType: MANIFEST });
const other = encodeUtf8(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: {}, layers: [1] }));

let repository: Simulator;
let server: MetadataServer;
let here: Machine;
beforeEach(async () => {
  repository = await simulate();
  server = await startMetadataServer(new Map([[repository.gun, repository]]));
  here = await machine(server.url, repository.now);
  here.believes = repository.anchor();
});
afterEach(async () => {
  await server.close();
  await closeMachines();
});

const verify = (name: { tag?: string; digest?: typeof digest }, source = serves(manifest, MANIFEST)) =>
  here.client().verify({ gun: repository.gun, ...name }, source);

describe('a tag', () => {
  it('is trusted when the registry serves what was signed, and says why', async () => {
    await repository.publish({ v1: image });
    expect(await verify({ tag: 'v1' })).toEqual({
      custom: image.custom,
      gun: repository.gun,
      name: 'v1',
      digest,
      length: manifest.length,
      mediaType: MANIFEST,
      role: 'releases',
      signers: repository.signersOf('releases').map((signer) => signer.key.fingerprint),
      identity: repository.binding.repository,
      bound: true,
      rootVersion: 1,
      timestampExpires: repository.current('timestamp', 'timestamp' as never).content.expires,
    });
  });

  it('is unsigned when fresh metadata lacks it', async () => {
    await repository.publish({ v1: image });
    await expect(verify({ tag: 'v2' }, noRegistry)).rejects.toMatchObject({ code: 'unsigned' });
    await repository.publish({ v1: undefined });
    await expect(verify({ tag: 'v1' }, noRegistry)).rejects.toMatchObject({ code: 'unsigned' });
  });

  it('is a mismatch when the registry serves other bytes, of whatever length, and names both digests', async () => {
    await repository.publish({ v1: image });
    for (const bytes of [
      other,
      manifest.slice(0, -1),
      new Uint8Array(0),
      Uint8Array.from(manifest, (byte, at) => (at === 5 ? byte ^ 1 : byte)),
    ]) {
      await expect(verify({ tag: 'v1' }, serves(bytes, MANIFEST))).rejects.toMatchObject({
        code: 'mismatch',
        details: { signed: digest, got: digestOf(portable(), bytes) },
      });
    }
  });

  it('is a mismatch when the registry gives the bytes another type', async () => {
    await repository.publish({ v1: image });
    const index = 'application/vnd.oci.image.index.v1+json';
    await expect(verify({ tag: 'v1' }, serves(manifest, index))).rejects.toMatchObject({ code: 'mismatch' });
    await expect(verify({ tag: 'v1' }, serves(manifest, ''))).rejects.toMatchObject({ code: 'mismatch' });
    expect((await verify({ tag: 'v1' }, serves(manifest, `${MANIFEST}; charset=utf-8`))).digest).toBe(digest);
  });

  it.each<[string, Uint8Array]>([
    ['holds both manifests and layers', encodeUtf8('{"schemaVersion":2,"manifests":[],"layers":[]}')],
    ['states its type twice', encodeUtf8(`{"mediaType":"${MANIFEST}","mediaType":"x"}`)],
    ['calls itself something else', encodeUtf8('{"mediaType":"application/vnd.oci.image.index.v1+json"}')],
    ['is no JSON', encodeUtf8('manifest')],
    ['is no object', encodeUtf8('[]')],
  ])('is a mismatch when the signed body %s', async (_, bytes) => {
    await repository.publish({ v1: imageEntry({ digest: digestOf(portable(), bytes), length: bytes.length, mediaType: MANIFEST }) });
    await expect(verify({ tag: 'v1' }, serves(bytes, MANIFEST))).rejects.toMatchObject({ code: 'mismatch' });
  });

  it('is of the wrong kind when a file was signed under its name', async () => {
    await repository.publish({ v1: fileEntry({ digest, length: manifest.length }) });
    await expect(verify({ tag: 'v1' }, noRegistry)).rejects.toMatchObject({ code: 'wrong-kind' });
  });

  it('is refused when its entry speaks a newer language', async () => {
    const custom = jsonObject({ countersign: jsonObject({ v: 2, kind: 'image' }) });
    await repository.publish({ v1: { ...image, custom } });
    await expect(verify({ tag: 'v1' }, noRegistry)).rejects.toMatchObject({ code: 'malformed' });
  });

  it('is revoked when its digest is denied, without asking the registry', async () => {
    await repository.publish({ v1: image, [revocationPath(digest)]: revocationEntry(digest) });
    await expect(verify({ tag: 'v1' }, noRegistry)).rejects.toMatchObject({ code: 'revoked', details: { digest, role: 'releases' } });
  });

  it('is revoked also where the entry was signed with sha512 alone', async () => {
    const sha512 = Buffer.from(portable().digest('sha512', manifest)).toString('hex');
    await repository.publish({ v1: { ...image, hashes: new Map([['sha512', sha512]]) } });
    expect((await verify({ tag: 'v1' })).digest).toBe(digest);
    await repository.publish({ [revocationPath(digest)]: revocationEntry(digest) });
    await expect(verify({ tag: 'v1' })).rejects.toMatchObject({ code: 'revoked' });
  });

  it('is refused when the entry has a hash that nobody here knows', async () => {
    await repository.publish({ v1: { ...image, hashes: new Map([...image.hashes, ['md5', 'aa']]) } });
    await expect(verify({ tag: 'v1' })).rejects.toMatchObject({ code: 'mismatch' });
  });

  it('with a digest needs both to hold', async () => {
    await repository.publish({ v1: image });
    expect((await verify({ tag: 'v1', digest })).digest).toBe(digest);
    const wanted = digestOf(portable(), other);
    await expect(verify({ tag: 'v1', digest: wanted }, serves(other, MANIFEST))).rejects.toMatchObject({ code: 'mismatch' });
    await expect(verify({ tag: 'v1', digest }, serves(other, MANIFEST))).rejects.toMatchObject({ code: 'mismatch' });
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('named %s is a name like any other', async (tag) => {
    await expect(verify({ tag }, noRegistry)).rejects.toMatchObject({ code: 'unsigned' });
    await repository.publish({ v1: image });
    await expect(verify({ tag }, noRegistry)).rejects.toMatchObject({ code: 'unsigned' });
  });

  it('passes errors of the registry through', async () => {
    await repository.publish({ v1: image });
    await expect(verify({ tag: 'v1' }, noRegistry)).rejects.toThrow('the registry was asked');
  });
});

describe('a digest', () => {
  it('is trusted when a current entry has it, and no registry is asked', async () => {
    await repository.publish({ v1: image });
    expect(await verify({ digest }, noRegistry)).toMatchObject({ name: 'v1', digest, mediaType: MANIFEST, role: 'releases' });
  });

  it('is unsigned when no entry has it any more', async () => {
    await repository.publish({ v1: image });
    await repository.publish({ v1: imageEntry({ digest: digestOf(portable(), other), length: other.length, mediaType: MANIFEST }) });
    await expect(verify({ digest }, noRegistry)).rejects.toMatchObject({ code: 'unsigned' });
  });

  it('is revoked when it is denied, whatever tag it has', async () => {
    await repository.publish({ v1: image, [revocationPath(digest)]: revocationEntry(digest) });
    await expect(verify({ digest }, noRegistry)).rejects.toMatchObject({ code: 'revoked' });
  });

  it('of a file is not an image', async () => {
    await repository.publish({ v1: fileEntry({ digest, length: manifest.length }) });
    await expect(verify({ digest }, noRegistry)).rejects.toMatchObject({ code: 'wrong-kind' });
    await repository.publish({ v2: image });
    expect(await verify({ digest }, noRegistry)).toMatchObject({ name: 'v2' });
  });

  it('is not trusted through an entry that a search would not find', async () => {
    // targets speaks for v1 first, so what releases says of it is shadowed.
    await repository.publish({ v1: image });
    const shadow = imageEntry({ digest: digestOf(portable(), other), length: other.length, mediaType: MANIFEST });
    await repository.next('targets', 'targets' as never, { targets: new Map<string, JsonValue>([['v1', entryJson(shadow)]]) });
    await repository.advance();
    await expect(verify({ digest }, noRegistry)).rejects.toMatchObject({ code: 'unsigned' });
  });
});

it('wants a tag or a digest', async () => {
  await expect(verify({}, noRegistry)).rejects.toMatchObject({ code: 'invalid-name' });
});

const entryJson = (entry: typeof image): JsonValue =>
  jsonObject({ length: entry.length, hashes: new Map(entry.hashes), custom: entry.custom });
