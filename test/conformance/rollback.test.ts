// test_rollback.py of the official suite.
import { afterAll, describe, expect, it } from 'vitest';
import { closeStands, refreshed, type Stand, stand } from './stand.ts';

afterAll(closeStands);
const HASHES = [
  ['basic', false],
  ['with hashes', true],
] as const;

/** From version 1 on again, as if nothing had ever been published. */
function startAgain({ repository }: Stand, role: string): void {
  repository.published.delete(role);
  repository.signedOf(role).version = 1;
}

describe('rollback', () => {
  it('new_timestamp_version_rollback: is refused', async () => {
    const here = await stand();
    await here.init();
    here.repository.publish('timestamp');
    expect(await here.refresh()).toBe(0);
    startAgain(here, 'timestamp');
    here.repository.publish('timestamp');
    expect(await here.refresh()).toBe(1);
    expect(await here.version('timestamp')).toBe(2);
    expect(here.repository.requests.at(-1)).toEqual(['timestamp', undefined]);
  });

  it.each(HASHES)('snapshot_rollback[%s]: is refused when the timestamp names it', async (_, statesHashes) => {
    const here = await stand();
    await here.init();
    here.repository.statesHashes = statesHashes;
    here.repository.publish('snapshot', 'timestamp');
    expect(await here.refresh()).toBe(0);
    startAgain(here, 'snapshot');
    here.repository.publish('snapshot', 'timestamp');
    expect(await here.refresh()).toBe(1);
    expect([await here.version('timestamp'), await here.version('snapshot')]).toEqual([2, 2]);
    expect(here.repository.requests.at(-1)).toEqual(['timestamp', undefined]);
  });

  it.each(HASHES)('targets_rollback[%s]: is refused when the snapshot names it', async (_, statesHashes) => {
    const here = await stand();
    await here.init();
    here.repository.statesHashes = statesHashes;
    here.repository.publish('targets', 'snapshot', 'timestamp');
    expect(await here.refresh()).toBe(0);
    startAgain(here, 'targets');
    here.repository.publish('targets', 'snapshot', 'timestamp');
    expect(await here.refresh()).toBe(1);
    expect([await here.version('snapshot'), await here.version('targets')]).toEqual([2, 2]);
  });

  it('targets_role_removal: a snapshot that lost a role is refused', async () => {
    const here = await stand();
    await here.init();
    here.repository.delegate('targets', 'delegated', { paths: ['delegatedpath/*'] });
    here.repository.publish('delegated', 'targets', 'snapshot', 'timestamp');
    expect(await here.refresh()).toBe(0);
    delete here.repository.snapshot.meta['delegated.json'];
    here.repository.publish('snapshot', 'timestamp');
    expect(await here.refresh()).toBe(1);
    expect(await here.version('snapshot')).toBe(2);
  });

  it('targets_fast_forward_recovery: a new snapshot key lets targets start again and roles go', async () => {
    const here = await stand();
    await here.init();
    here.repository.delegate('targets', 'delegated', { paths: ['delegatedpath/*'] });
    here.repository.publish('delegated', ...Array.from({ length: 99 }, () => 'targets'), 'snapshot', 'timestamp');
    expect(await here.refresh()).toBe(0);
    expect(await here.version('targets')).toBe(100);
    here.repository.rotateKeys('snapshot');
    startAgain(here, 'targets');
    delete here.repository.snapshot.meta['delegated.json'];
    here.repository.publish('root', 'targets', 'snapshot', 'timestamp');
    expect(await here.refresh()).toBe(0);
    expect(await here.version('targets')).toBe(1);
  });

  it('new_snapshot_fast_forward_recovery: new snapshot and timestamp keys let the snapshot start again', async () => {
    const here = await stand();
    await here.init();
    here.repository.publish(...Array.from({ length: 99 }, () => 'snapshot'), 'timestamp');
    expect(await here.refresh()).toBe(0);
    expect(await here.version('snapshot')).toBe(100);
    here.repository.rotateKeys('snapshot');
    here.repository.rotateKeys('timestamp');
    startAgain(here, 'snapshot');
    here.repository.publish('root', 'targets', 'snapshot', 'timestamp');
    expect(await here.refresh()).toBe(0);
    expect(await here.version('snapshot')).toBe(1);
  });

  it('new_timestamp_fast_forward_recovery: a new timestamp key lets the timestamp start again', async () => {
    const here = await stand();
    await here.init();
    here.repository.publish(...Array.from({ length: 99 }, () => 'timestamp'));
    expect(await here.refresh()).toBe(0);
    expect(await here.version('timestamp')).toBe(100);
    here.repository.rotateKeys('timestamp');
    startAgain(here, 'timestamp');
    here.repository.publish('root', 'timestamp');
    expect(await here.refresh()).toBe(0);
    expect(await here.version('timestamp')).toBe(1);
  });

  it('tells a rollback from a fresh start: what a new machine accepts, one that has seen more refuses', async () => {
    const here = await refreshed();
    here.repository.publish('timestamp');
    expect(await here.refresh()).toBe(0);
    startAgain(here, 'timestamp');
    here.repository.publish('timestamp');
    const fresh = await stand(here.repository);
    expect([await fresh.init(), await fresh.refresh(), await here.refresh()]).toEqual([0, 0, 1]);
  });
});
