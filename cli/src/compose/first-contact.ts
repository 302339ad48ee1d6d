// First contact at a terminal: the root that the server shows is shown to the person, who compares it with what the publisher
// says, and decides once. The answer becomes a pin.
import { formatPin, type RootPin, shortFingerprint, TrustError } from '@countersign/core';
import { CommandError } from '../errors.ts';
import type { Call } from '../tree/spec.ts';
import type { Trust } from './opened.ts';
import { servedRoot } from './served-root.ts';

/** Throws CommandError `declined`; TrustError `unsigned` where the server knows no such repository; ServerError. */
export async function askAboutRoot(
  { world, output }: Call,
  trust: Pick<Trust, 'gun' | 'dialect' | 'http' | 'server' | 'authorization'>,
): Promise<RootPin> {
  const { gun, server } = trust;
  const root = await servedRoot(trust, 'a root');
  if (root === undefined) {
    throw new TrustError('unsigned', `${gun} has no signed metadata at ${server.url.host}`, { details: { status: 404 } });
  }
  const { pin, signers } = root;
  output.say(`${gun} is new to this machine. ${server.url.host} says that its root is`);
  output.say(`\n    ${formatPin(pin)}\n`);
  output.say(`signed by ${signers.map(shortFingerprint).join(', ') || 'nobody'}. Compare it with what the publisher says.`);
  const asker = await world.asker();
  if ((await asker.confirm('Believe it from now on?')) === true) return pin;
  throw new CommandError('declined', `declined: the root of ${gun} is not believed`);
}
