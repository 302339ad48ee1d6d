// test_basic.py of the official suite.

import { plainKey } from '@countersign/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { closeStands, refreshed, stand } from './stand.ts';

afterAll(closeStands);
const ALL = ['targets', 'snapshot', 'timestamp'];

describe('basic', () => {
  it('refresh_requests: asks for four files in their order, and for no other', async () => {
    const { repository } = await refreshed();
    expect(repository.requests).toEqual([
      ['root', 2],
      ['timestamp', undefined],
      ['snapshot', 1],
      ['targets', 1],
    ]);
  });

  it('refresh_trusted_data: keeps what was published', async () => {
    const here = await refreshed();
    for (const role of ['root', 'timestamp', 'snapshot', 'targets']) expect(await here.file(role)).toEqual(here.published(role));
    expect(await here.trusted()).toEqual([
      ['root', 1],
      ['snapshot', 1],
      ['targets', 1],
      ['timestamp', 1],
    ]);
  });

  it('implicit_refresh: a download refreshes, also when there is no such file', async () => {
    const here = await stand();
    await here.init();
    expect(await here.download('nonexistent')).toBe(1);
    expect(here.repository.requests).toEqual([
      ['root', 2],
      ['timestamp', undefined],
      ['snapshot', 1],
      ['targets', 1],
    ]);
    expect(await here.trusted()).toEqual([
      ['root', 1],
      ['snapshot', 1],
      ['targets', 1],
      ['timestamp', 1],
    ]);
  });

  it('invalid_initial_root: asks for nothing', async () => {
    const here = await stand();
    const { signed, signatures } = JSON.parse(here.published('root').toString());
    const { version, ...rest } = signed;
    expect(version).toBe(1);
    expect(await here.init(Buffer.from(JSON.stringify({ signatures, signed: rest })))).toBe(1);
    expect(await here.refresh()).toBe(1);
    expect(here.repository.requests).toEqual([]);
  });

  it('unsigned_initial_root: asks for nothing', async () => {
    const here = await stand();
    const root = JSON.parse(here.published('root').toString());
    root.signatures[0].sig = plainKey().sign(new Uint8Array(8));
    expect(await here.init(Buffer.from(JSON.stringify(root)))).toBe(1);
    expect(await here.refresh()).toBe(1);
    expect(here.repository.requests).toEqual([]);
  });

  it.each([
    ['root', [['root', 1]]],
    ['timestamp', [['root', 2]]],
    [
      'snapshot',
      [
        ['root', 2],
        ['timestamp', 2],
      ],
    ],
    [
      'targets',
      [
        ['root', 2],
        ['snapshot', 2],
        ['timestamp', 2],
      ],
    ],
  ])('unsigned_metadata[%s]: keeps what came before it', async (role, trusted) => {
    const here = await stand();
    here.repository.signersOf(role).clear();
    here.repository.publish('root', ...ALL);
    await here.init();
    expect(await here.refresh()).toBe(1);
    expect(await here.trusted()).toEqual(trusted);
  });

  it.each([
    ['root', [['root', 1]]],
    [
      'snapshot',
      [
        ['root', 2],
        ['timestamp', 2],
      ],
    ],
    [
      'targets',
      [
        ['root', 2],
        ['snapshot', 2],
        ['timestamp', 2],
      ],
    ],
  ])('url_and_metadata_version_mismatch[%s]: refuses version 3 at the place of version 2', async (role, trusted) => {
    const here = await stand();
    const { repository } = here;
    for (const published of ['root', ...ALL]) {
      if (published === role) repository.signedOf(role).version += 1;
      repository.publish(published);
      if (published !== role) continue;
      // Whoever names the file still names the place where it lies.
      if (role === 'targets') repository.snapshot.meta['targets.json'] = { version: 2 };
      if (role === 'snapshot') repository.timestamp.meta['snapshot.json'] = { version: 2 };
    }
    await here.init();
    expect(await here.refresh()).toBe(1);
    expect(here.repository.requests.at(-1)).toEqual([role, 2]);
    expect(await here.trusted()).toEqual(trusted);
  });

  it('timestamp_content_changes: keeps the timestamp it has when another has its version', async () => {
    const here = await refreshed();
    const before = await here.file('timestamp');
    here.repository.timestamp.meta['snapshot.json'] = { version: 100 };
    here.repository.published.delete('timestamp');
    here.repository.publish('timestamp');
    expect(here.repository.timestamp.version).toBe(1);
    expect(await here.refresh()).toBe(0);
    expect(here.repository.requests.at(-1)).toEqual(['timestamp', undefined]);
    expect(await here.file('timestamp')).toEqual(before);
  });

  it('basic_metadata_hash_support: accepts files with the hashes that are stated', async () => {
    const here = await stand();
    here.repository.statesHashes = true;
    here.repository.publish(...ALL);
    await here.init();
    expect(await here.refresh()).toBe(0);
  });

  it('targets_hash_mismatch: refuses targets with another hash', async () => {
    const here = await stand();
    const { repository } = here;
    repository.statesHashes = true;
    repository.publish(...ALL);
    await here.init();
    expect(await here.refresh()).toBe(0);
    repository.publish('targets');
    repository.snapshot.meta['targets.json'] = { version: 3, hashes: { sha256: '0'.repeat(64) } };
    repository.publish('snapshot', 'timestamp');
    expect(await here.refresh()).toBe(1);
    expect(await here.trusted()).toEqual([
      ['root', 1],
      ['snapshot', 3],
      ['targets', 2],
      ['timestamp', 3],
    ]);
  });

  it('snapshot_hash_mismatch: refuses a snapshot with another hash', async () => {
    const here = await stand();
    const { repository } = here;
    repository.statesHashes = true;
    repository.publish('snapshot', 'timestamp');
    await here.init();
    expect(await here.refresh()).toBe(0);
    repository.publish('snapshot');
    repository.timestamp.meta['snapshot.json'] = { version: 3, hashes: { sha256: '0'.repeat(64) } };
    repository.publish('timestamp');
    expect(await here.refresh()).toBe(1);
    expect(await here.trusted()).toEqual([
      ['root', 1],
      ['snapshot', 2],
      ['targets', 1],
      ['timestamp', 3],
    ]);
  });

  it('metadata_bytes_match: keeps the bytes that came', async () => {
    const here = await stand();
    const files = here.repository.published.get('timestamp') ?? [];
    const spaced = Buffer.concat([files.pop() ?? Buffer.alloc(0), Buffer.from(' ')]);
    files.push(spaced);
    await here.init();
    expect(await here.refresh()).toBe(0);
    expect(await here.file('timestamp')).toEqual(spaced);
  });

  it('custom_fields: verifies unknown members of root, role and key', async () => {
    const here = await refreshed();
    const { repository } = here;
    repository.root['custom-field'] = 'value';
    repository.addKey('root', plainKey('ecdsa/ecdsa-sha2-nistp256', { 'extra-field': { a: 1, b: 2 } }));
    repository.rootRole('root')['another-field'] = 'value';
    repository.publish('root');
    expect(await here.refresh()).toBe(0);
    expect(await here.version('root')).toBe(2);
  });

  it('deprecated_keyid_hash_algorithms: changes nothing', async () => {
    const here = await stand();
    const { repository } = here;
    await here.init();
    repository.rootRole('snapshot').keyids = [];
    repository.signersOf('snapshot').clear();
    repository.addKey('snapshot', plainKey('ecdsa/ecdsa-sha2-nistp256', { keyid_hash_algorithms: 'md5' }));
    repository.publish('root', 'snapshot', 'timestamp');
    expect(await here.refresh()).toBe(0);
    expect([await here.version('root'), await here.version('snapshot')]).toEqual([2, 2]);
  });

  it('snapshot_404: keeps the timestamp, and is refused', async () => {
    const here = await refreshed();
    here.repository.timestamp.meta['snapshot.json'] = { version: 2 };
    here.repository.publish('timestamp');
    expect(await here.refresh()).toBe(1);
    expect(here.repository.requests.at(-1)).toEqual(['snapshot', 2]);
    expect(await here.trusted()).toEqual([
      ['root', 1],
      ['snapshot', 1],
      ['targets', 1],
      ['timestamp', 2],
    ]);
  });

  it('targets_404: keeps timestamp and snapshot, and is refused', async () => {
    const here = await refreshed();
    here.repository.snapshot.meta['targets.json'] = { version: 2 };
    here.repository.publish('snapshot', 'timestamp');
    expect(await here.refresh()).toBe(1);
    expect(here.repository.requests.at(-1)).toEqual(['targets', 2]);
    expect(await here.trusted()).toEqual([
      ['root', 1],
      ['snapshot', 2],
      ['targets', 1],
      ['timestamp', 2],
    ]);
  });

  it('timestamp_404: is refused', async () => {
    const here = await refreshed();
    here.repository.published.delete('timestamp');
    expect(await here.refresh()).toBe(1);
    expect(here.repository.requests.at(-1)).toEqual(['timestamp', undefined]);
  });

  it('incorrect_metadata_type: refuses a snapshot that could pass for a timestamp', async () => {
    const here = await stand();
    const { repository } = here;
    await here.init();
    for (const key of repository.signersOf('timestamp').values()) repository.addKey('snapshot', key);
    repository.snapshot.meta = { 'snapshot.json': { version: 1 } };
    repository.publish('root', 'snapshot');
    const snapshot = repository.published.get('snapshot')?.pop() ?? Buffer.alloc(0);
    repository.published.get('timestamp')?.push(snapshot);
    expect(await here.refresh()).toBe(1);
    expect(await here.trusted()).toEqual([['root', 2]]);
  });

  it('faketime: lives in the time it is given', async () => {
    const here = await stand();
    await here.init();
    here.repository.root.expires = here.repository.expiry(7);
    here.repository.publish('root');
    expect(await here.refresh()).toBe(0);
    expect(await here.refresh(8)).toBe(1);
  });
});
