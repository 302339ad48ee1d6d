// A clock that was set back makes old files fresh again: every expiry check hangs on it.
import { expect, it } from 'vitest';
import { image, published } from './victims/story.ts';
import { against, againstClients, refusal } from './victims/victims.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

against('notices a clock that was set back', (start) => {
  it('by a day', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    victim.now = repository.now - DAY;
    expect(await refusal(victim.verify('v1'))).toBe('clock');
  });

  it('by six minutes, and forgives four', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    victim.now = repository.now - 4 * MINUTE;
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    victim.now = repository.now - 6 * MINUTE;
    expect(await refusal(victim.verify('v1'))).toBe('clock');
  });

  it('so that files which had expired do not come back', async () => {
    const repository = await published(['v1']);
    const old = new Map(repository.served);
    const victim = await start(repository);
    repository.now += 5 * DAY;
    await repository.advance();
    await victim.verify('v1');
    for (const [path, bytes] of old) victim.instead.set(path, bytes);
    victim.now = repository.now - 5 * DAY;
    expect(await refusal(victim.verify('v1'))).toBe('clock');
  });
});

againstClients('notices a clock', (start) => {
  it('that was set back after the cache was cleared', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    await victim.loseCache();
    victim.now = repository.now - DAY;
    expect(await refusal(victim.verify('v1'))).toBe('clock');
  });

  it('that shows a time before the program was built', async () => {
    const repository = await published(['v1'], { now: Date.UTC(2025, 0, 1) });
    const victim = await start(repository);
    expect(await refusal(victim.verify('v1'))).toBe('clock');
  });

  it('but does not learn the time from a run that was refused', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    victim.now = repository.now + 30 * DAY;
    expect(await refusal(victim.verify('v1'))).toBe('expired');
    victim.now = repository.now;
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });
});
