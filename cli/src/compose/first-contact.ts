// First contact at a terminal: the root that the server shows is shown to the person, who compares it with what the publisher
// says, and decides once. The answer becomes a pin.
import {
  countSignatures,
  formatPin,
  pinOf,
  ROOT,
  type RootPin,
  STANDARD_LIMITS,
  shortFingerprint,
  TrustError,
  tuf,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { CommandError } from '../errors.ts';
import type { Call } from '../tree/spec.ts';
import { metadataUrl } from './metadata-url.ts';
import type { Trust } from './opened.ts';
import { statusError } from './server-status.ts';

/** Throws CommandError `declined`; TrustError `unsigned` where the server knows no such repository; ServerError. */
export async function askAboutRoot({ world, output }: Call, { gun, http, server, authorization }: Trust): Promise<RootPin> {
  const reply = await http.send({
    method: 'GET',
    url: metadataUrl(server.url, gun, '1.root.json'),
    ...(authorization === undefined ? {} : { headers: { authorization } }),
    maxLength: STANDARD_LIMITS.rootBytes,
    redirects: 'refuse',
  });
  // Only 404 says that there is nothing: a server in trouble must not make a name look unsigned.
  if (reply.status === 404)
    throw new TrustError('unsigned', `${gun} has no signed metadata at ${server.url.host}`, { details: { status: reply.status } });
  if (reply.status !== 200) throw statusError(server.url, 'a root', reply);
  const env = { limits: STANDARD_LIMITS, crypto: nativeCryptography() };
  const root = tuf.parse('root', ROOT, reply.body, env);
  const role = root.content.roles.get('root');
  const signers = role === undefined ? [] : countSignatures(root, role, root.content.keys, env).valid;
  const pin = pinOf(root, env.crypto);
  output.say(`${gun} is new to this machine. ${server.url.host} says that its root is`);
  output.say(`\n    ${formatPin(pin)}\n`);
  output.say(`signed by ${signers.map(shortFingerprint).join(', ') || 'nobody'}. Compare it with what the publisher says.`);
  const asker = await world.asker();
  if ((await asker.confirm('Believe it from now on?')) === true) return pin;
  throw new CommandError('declined', `declined: the root of ${gun} is not believed`);
}
