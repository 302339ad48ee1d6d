// test_expiration.py of the official suite.
import { afterAll, describe, expect, it } from 'vitest';
import { closeStands, refreshed, stand } from './stand.ts';

afterAll(closeStands);

describe('expiration', () => {
  it('root_expired: keeps the root and nothing that came with it', async () => {
    const here = await refreshed();
    here.repository.publish('root');
    expect(await here.refresh()).toBe(0);
    here.repository.root.expires = here.repository.expiry(-1);
    here.repository.publish('root', 'targets', 'snapshot', 'timestamp');
    here.repository.requests.length = 0;
    expect(await here.refresh()).toBe(1);
    expect(await here.trusted()).toEqual([
      ['root', 3],
      ['snapshot', 1],
      ['targets', 1],
      ['timestamp', 1],
    ]);
    expect(here.repository.requests).toEqual([
      ['root', 3],
      ['root', 4],
    ]);
  });

  it('timestamp_expired: keeps none of it', async () => {
    const here = await refreshed();
    here.repository.timestamp.expires = here.repository.expiry(-5);
    here.repository.publish('timestamp');
    expect(await here.refresh()).toBe(1);
    expect(await here.trusted()).toEqual([
      ['root', 1],
      ['snapshot', 1],
      ['targets', 1],
      ['timestamp', 1],
    ]);
  });

  it('snapshot_expired: keeps the timestamp', async () => {
    const here = await refreshed();
    here.repository.snapshot.expires = here.repository.expiry(-5);
    here.repository.publish('snapshot', 'timestamp');
    expect(await here.refresh()).toBe(1);
    expect(await here.trusted()).toEqual([
      ['root', 1],
      ['snapshot', 1],
      ['targets', 1],
      ['timestamp', 2],
    ]);
  });

  it('targets_expired: keeps timestamp and snapshot', async () => {
    const here = await refreshed();
    here.repository.targets().expires = here.repository.expiry(-5);
    here.repository.publish('targets', 'snapshot', 'timestamp');
    expect(await here.refresh()).toBe(1);
    expect(await here.trusted()).toEqual([
      ['root', 1],
      ['snapshot', 2],
      ['targets', 1],
      ['timestamp', 2],
    ]);
  });

  it('expired_local_root: leads to a newer one', async () => {
    const here = await stand();
    await here.init();
    here.repository.root.expires = here.repository.expiry(7);
    here.repository.publish('root');
    expect(await here.refresh()).toBe(0);
    here.repository.root.expires = here.repository.expiry(21);
    here.repository.publish('root');
    expect(await here.refresh(18)).toBe(0);
    expect(await here.version('root')).toBe(3);
  });

  it('expired_local_timestamp: leads to a newer one', async () => {
    const here = await stand();
    await here.init();
    here.repository.timestamp.expires = here.repository.expiry(7);
    here.repository.publish('timestamp');
    expect(await here.refresh()).toBe(0);
    here.repository.timestamp.expires = here.repository.expiry(21);
    here.repository.publish('targets', 'snapshot', 'timestamp');
    expect(await here.refresh(18)).toBe(0);
    expect(await here.trusted()).toEqual([
      ['root', 1],
      ['snapshot', 2],
      ['targets', 2],
      ['timestamp', 3],
    ]);
  });
});
