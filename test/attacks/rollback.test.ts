// TUF 1.0.34 §1.5.2, rollback: the attacker serves what was signed once, and is old.
import { expect, it } from 'vitest';
import { image, published } from './victims/story.ts';
import { against, refusal } from './victims/victims.ts';

against('refuses to go back', (start) => {
  it('to an older timestamp', async () => {
    const repository = await published(['v1']);
    const old = repository.served.get('timestamp.json');
    const victim = await start(repository);
    await repository.publish({ v2: image('v2').entry });
    expect(await victim.verify('v2')).toBe(image('v2').digest);
    victim.instead.set('timestamp.json', old);
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
  });
});
