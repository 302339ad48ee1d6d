// Bootstrap on an old root: somebody starts from a pin of long ago, on a machine that remembers nothing, and is served the world as it
// was then. A pin may state the lowest root and snapshot that its owner knows of, so that a configuration carries rollback memory.
import { parsePin, pinText } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { anchorFromPin, type Simulator } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { fileOf, held, image, published } from './victims/story.ts';
import type { Victim } from './victims/victim.ts';
import { against, refusal } from './victims/victims.ts';

against('does not start in the past', (start) => {
  /** A repository whose timestamp key leaked and was replaced, and what an attacker kept from before. */
  async function moved(): Promise<{ readonly repository: Simulator; readonly before: Simulator; readonly pin: string }> {
    const repository = await published(['v1']);
    const before = repository.fork();
    const [pin] = repository.anchor().pins;
    if (pin === undefined) throw new Error('no pin');
    await held(repository, 'timestamp', [generateSigner('ed25519')], 1);
    await repository.publish({ v1: image('v2').entry });
    return { repository, before, pin: pinText(pin) };
  }
  const startWith = (repository: Simulator, pin: string): Promise<Victim> =>
    start(repository, { anchor: anchorFromPin(repository.gun, pin) });
  /** The attacker serves what there was, and no newer root. */
  const serveOld = (victim: Victim, before: Simulator): void => {
    victim.instead.set('2.root.json', undefined);
    victim.instead.set('timestamp.json', fileOf(before, 'timestamp'));
  };

  it('when the pin knows of a newer root', async () => {
    const { repository, before, pin } = await moved();
    const victim = await startWith(repository, `${pin} root>=2`);
    serveOld(victim, before);
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
    victim.instead.clear();
    victim.registry.set('v1', image('v2'));
    expect(await victim.verify('v1')).toBe(image('v2').digest);
  });

  it('when the pin knows of a newer snapshot', async () => {
    const repository = await published(['v1']);
    const [pin] = repository.anchor().pins;
    if (pin === undefined) throw new Error('no pin');
    const before = repository.fork();
    await repository.publish({ v1: image('v2').entry });
    const victim = await startWith(repository, `${pinText(pin)} snapshot>=3`);
    victim.instead.set('timestamp.json', fileOf(before, 'timestamp'));
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
    victim.instead.clear();
    victim.registry.set('v1', image('v2'));
    expect(await victim.verify('v1')).toBe(image('v2').digest);
  });

  it('when the pin is of the newer root', async () => {
    const { repository, before } = await moved();
    const newer = parsePin(pinTextOf(repository)).pin;
    const victim = await start(repository, { anchor: { ...repository.anchor(), pins: [newer] } });
    serveOld(victim, before);
    expect(await refusal(victim.verify('v1'))).toBe('missing');
    victim.instead.set('2.root.json', before.served.get('1.root.json'));
    expect(await refusal(victim.verify('v1'))).toBe('untrusted-root');
  });

  it('but without such a word nobody could tell', async () => {
    const { repository, before, pin } = await moved();
    const victim = await startWith(repository, pin);
    serveOld(victim, before);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });

  it('nor is it content when the repository never reaches what the pin knows of', async () => {
    const { repository, pin } = await moved();
    expect(await refusal((await startWith(repository, `${pin} root>=3`)).verify('v1'))).toBe('rollback');
    expect(await refusal((await startWith(repository, `${pin} snapshot>=99`)).verify('v1'))).toBe('rollback');
  });
});

/** The pin of the newest root, as text. */
function pinTextOf(repository: Simulator): string {
  const copy = repository.fork();
  copy.served.set('1.root.json', fileOf(repository, 'root'));
  const [pin] = copy.anchor().pins;
  if (pin === undefined) throw new Error('no pin');
  return pinText(pin);
}
