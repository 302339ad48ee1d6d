// test_keys.py of the official suite.
import { type PlainKeyKind, plainKey } from '@countersign/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { closeStands, stand } from './stand.ts';

afterAll(closeStands);

describe('keys', () => {
  it('snapshot_does_not_meet_threshold: is refused', async () => {
    const here = await stand();
    const { repository } = here;
    repository.rootRole('snapshot').threshold = 3;
    repository.addKey('snapshot');
    const third = repository.addKey('snapshot');
    repository.publish('root', 'targets', 'snapshot', 'timestamp');
    await here.init();
    expect(await here.refresh()).toBe(0);
    repository.signersOf('snapshot').delete(third.keyid);
    repository.publish('targets', 'snapshot', 'timestamp');
    expect(await here.refresh()).toBe(1);
    expect(await here.version('snapshot')).toBe(2);
  });

  it('snapshot_has_too_few_keys: is refused, and the root is not', async () => {
    const here = await stand();
    const { repository } = here;
    await here.init();
    for (let count = 0; count < 4; count += 1) repository.addKey('snapshot');
    expect(repository.rootRole('snapshot').keyids).toHaveLength(5);
    repository.rootRole('snapshot').threshold = 6;
    repository.publish('root', 'snapshot', 'timestamp');
    expect(await here.refresh()).toBe(1);
    expect(await here.trusted()).toEqual([
      ['root', 2],
      ['timestamp', 2],
    ]);
  });

  it('duplicate_keys: one key counts once, however often it signs', async () => {
    const here = await stand();
    const { repository } = here;
    await here.init();
    const key = repository.addKey('snapshot');
    repository.rootRole('snapshot').threshold = 6;
    repository.publish('root', 'snapshot', 'timestamp');
    repository.replace('snapshot', ({ signed, signatures }) => {
      const again = signatures.filter(({ keyid }) => keyid === key.keyid);
      return { signed, signatures: [...signatures, ...Array.from({ length: 8 }, () => again).flat()] };
    });
    expect(await here.refresh()).toBe(1);
    expect(await here.version('snapshot')).toBeUndefined();
  });

  it('duplicate_sig_keyids: makes a file malformed', async () => {
    const here = await stand();
    await here.init();
    here.repository.replace('snapshot', ({ signed, signatures }) => ({ signed, signatures: [...signatures, ...signatures] }));
    expect(await here.refresh()).toBe(1);
    expect(await here.version('snapshot')).toBeUndefined();
  });

  it.each<[PlainKeyKind]>([['rsa/rsassa-pss-sha256'], ['ecdsa/ecdsa-sha2-nistp256'], ['ed25519/ed25519']])(
    'keytype_and_scheme[%s]: a good signature counts, one of another message does not',
    async (kind) => {
      const here = await stand();
      const { repository } = here;
      await here.init();
      const key = repository.addKey('root', plainKey(kind));
      repository.rootRole('root').threshold = 2;
      repository.publish('root');
      expect(await here.refresh()).toBe(0);
      expect(await here.version('root')).toBe(2);
      repository.publish('root');
      const sig = key.sign(Buffer.from('another message'));
      repository.replace('root', ({ signed, signatures }) => ({
        signed,
        signatures: signatures.map((one) => (one.keyid === key.keyid ? { ...one, sig } : one)),
      }));
      expect(await here.refresh()).toBe(1);
      expect(await here.version('root')).toBe(2);
    },
  );

  it('invalid_sig_in_valid_metadata: a bad or empty one beside enough good ones is tolerated', async () => {
    const here = await stand();
    const { repository } = here;
    await here.init();
    const [first] = repository.rootRole('timestamp').keyids;
    repository.addKey('timestamp');
    repository.publish('root');
    for (const sig of [plainKey().sign(new Uint8Array(8)), '']) {
      repository.publish('timestamp');
      repository.replace('timestamp', ({ signed, signatures }) => ({
        signed,
        signatures: signatures.map((one) => (one.keyid === first ? { ...one, sig } : one)),
      }));
      expect(await here.refresh()).toBe(0);
    }
    expect(await here.version('timestamp')).toBe(3);
  });
});
