// test_static_repositories.py of the official suite reads two repositories of others. Theirs are not ours to keep: these are made here,
// with every peculiarity that those have.
import { type PlainKey, PlainRepository, plainKey } from '@countersign/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { closeStands, NOW, stand } from './stand.ts';

afterAll(closeStands);

describe('static repositories', () => {
  it('sigstore-root-signing: twelve roots, keys with owners, empty signatures, a key id that is no hash', async () => {
    const repository = new PlainRepository(NOW);
    repository.published.delete('root');
    repository.rootRole('root').threshold = 3;
    let holders: readonly PlainKey[] = [];
    for (let version = 1; version <= 12; version += 1) {
      repository.signersOf('root').clear();
      for (const key of holders) repository.signersOf('root').set(key.keyid, key);
      if ([1, 5, 11].includes(version)) {
        repository.rootRole('root').keyids = [];
        holders = ['@one', '@two', '@three', '@four', '@five'].map((owner) => {
          const key = plainKey('ecdsa/ecdsa-sha2-nistp256', { 'x-tuf-on-ci-keyowner': owner });
          return repository.addKey('root', version === 11 && owner === '@one' ? { ...key, keyid: 'f'.repeat(64) } : key);
        });
      }
      repository.root.expires = repository.expiry(version === 12 ? 30 : version - 100);
      repository.publish('root');
      // Who did not sign is listed all the same.
      const absent = holders.slice(3).map(({ keyid }) => keyid);
      repository.replace('root', ({ signed, signatures }) => ({
        signed,
        signatures: signatures.map((one) => (absent.includes(one.keyid) ? { ...one, sig: '' } : one)),
      }));
    }
    repository.delegate('targets', 'registry.npmjs.org', { paths: ['registry.npmjs.org/*'], terminating: true });
    repository.addArtifact('registry.npmjs.org', 'registry.npmjs.org/keys.json', '{}');
    repository.addArtifact('targets', 'trusted_root.json', '{"mediaType":""}', ['sha256', 'sha512']);
    repository.publish('registry.npmjs.org', 'targets', 'snapshot', 'timestamp');
    const here = await stand(repository);
    expect([await here.init(), await here.refresh()]).toEqual([0, 0]);
    expect(repository.requests.slice(0, 13)).toEqual([
      ...Array.from({ length: 12 }, (_, at) => ['root', at + 2]),
      ['timestamp', undefined],
    ]);
    expect(await here.download(['trusted_root.json', 'registry.npmjs.org/keys.json'])).toBe(0);
    expect(await here.version('registry.npmjs.org')).toBe(1);
  });

  it('tuf-on-ci-0.11: members of its own in root, roles and keys, and versions without hashes', async () => {
    const repository = new PlainRepository(NOW);
    for (const role of ['root', 'timestamp', 'snapshot', 'targets']) {
      repository.rootRole(role).keyids = [];
      repository.signersOf(role).clear();
      const owner =
        role === 'root' || role === 'targets' ? { 'x-tuf-on-ci-keyowner': '@somebody' } : { 'x-tuf-on-ci-online-uri': 'gcpkms:…' };
      repository.addKey(role, plainKey('ecdsa/ecdsa-sha2-nistp256', owner));
      repository.rootRole(role)['x-tuf-on-ci-expiry-period'] = 365;
    }
    repository.root['x-tuf-on-ci-signing-period'] = 60;
    repository.published.clear();
    for (const role of ['root', 'timestamp', 'snapshot', 'targets']) repository.signedOf(role).version = 1;
    repository.addArtifact('targets', 'file1.txt', 'file1');
    repository.publish('root', 'targets', 'snapshot', 'timestamp');
    const here = await stand(repository);
    expect([await here.init(), await here.refresh(), await here.download('file1.txt')]).toEqual([0, 0, 0]);
    expect(await here.downloaded()).toEqual(['file1']);
  });
});
