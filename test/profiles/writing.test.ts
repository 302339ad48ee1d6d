// docs/reference/profiles.md, "Writing": every draft of the publisher keeps to what all known clients read alike.
import { draftEntries, expiryAfter, fileEntry, parseDigest, RELEASES, revocationEntry, revocationPath } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { delegate, firstFile, type Simulator, simulate } from '@countersign/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { held, image, ROLES } from '../attacks/victims/story.ts';
import { objectionsTo } from './strict.ts';

const DIGEST = parseDigest(`sha256:${'ab'.repeat(32)}`);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A repository that saw every kind of draft: first and next files, entries of every kind, teams, new keys of both kinds. */
async function everyDraft(): Promise<Simulator> {
  const repository = await simulate();
  await repository.publish({ v1: image('v1').entry });
  const entries = new Map([
    ['1.0.0_x-y', image('v2').entry],
    ['docs/größe.pdf', fileEntry({ digest: DIGEST, length: 3 })],
    [revocationPath(DIGEST), revocationEntry(DIGEST)],
    ['v1', undefined],
  ]);
  const env = repository.env();
  await repository.seal(draftEntries(repository.current('targets', RELEASES), entries, expiryAfter(env.now, 1e9), env));
  await delegate(repository, 'targets', 'web', { paths: ['web/*', 'web-?'], terminating: true });
  await firstFile(repository, 'web');
  for (const role of ROLES) await held(repository, role, [generateSigner('ecdsa-p256'), generateSigner('ed25519')], 2);
  repository.record = { seq: 7, hash: 'ab'.repeat(32) };
  await repository.advance();
  return repository;
}

describe('what the publisher writes', () => {
  let repository: Simulator;
  beforeAll(async () => {
    repository = await everyDraft();
  });

  it('is read alike by every known client', () => {
    expect(repository.served.size).toBeGreaterThan(20);
    for (const [path, file] of repository.served) expect([path, objectionsTo(file)]).toEqual([path, []]);
  });

  it('would not be when one thing in it were otherwise', () => {
    const text = (path: string): string => new TextDecoder().decode(repository.served.get(path));
    const changed = (path: string, from: RegExp | string, to: string): readonly string[] => {
      expect(text(path).replace(from, to)).not.toBe(text(path));
      return objectionsTo(encode(text(path).replace(from, to)));
    };
    expect(changed('timestamp.json', '"version":', '"version": ')).toHaveLength(1);
    expect(changed('timestamp.json', '"version":', '"version":7,"version":')).toHaveLength(1);
    expect(changed('timestamp.json', '"snapshot.json":{', '"root.json":{"version":1},"snapshot.json":{')).toEqual(['meta']);
    expect(changed('timestamp.json', /"spec_version":"[^"]*"/, '"spec_version":"1.0"')).toEqual(['spec_version is 1.0']);
    expect(changed('timestamp.json', /(T..:..:..)Z/, '$1.5Z')).toEqual(['expires']);
    expect(changed('timestamp.json', /"version":\d+}/, '"version":0.5}')).not.toEqual([]);
    expect(changed('timestamp.json', '"_type"', '"x":null,"_type"')).toEqual(['it holds null']);
    expect(changed('timestamp.json', '"_type"', '"x":"\\n","_type"')).toEqual(['it holds a control character']);
    expect(changed('timestamp.json', '"_type"', '"x":"e\u0301","_type"')).toEqual(['it holds text that is not in NFC']);
    expect(changed('timestamp.json', '"_type"', '"\u{1f600}":1,"_type"')).toHaveLength(1);
    expect(changed('timestamp.json', '"_type"', `"x":${'['.repeat(63)}${']'.repeat(63)},"_type"`)).toEqual(['it is deeper than 64 levels']);
    expect(changed('1.targets.json', '"releases"', '"Releases"')).toEqual(['the name of a role']);
    expect(changed('1.targets.json', '"*"', '"[a]"')).toEqual(['the pattern [a]']);
    expect(changed('1.targets.json', '"terminating":false,', '')).toEqual(['terminating']);
    expect(changed('1.targets.json', '"paths"', '"path_hash_prefixes"')).toEqual(['paths']);
    expect(changed('1.targets.json', '"threshold":1', '"threshold":2')).toEqual(['threshold']);
    expect(changed('2.releases.json', '"v1"', '"../v1"')).toEqual(['../v1']);
    expect(changed('2.releases.json', '"sha256"', '"md5"')).toEqual(['hash md5']);
  });
});
