// `signer remove`: somebody signs no longer.
import type { DelegationFacts, RemoveSignerChange, TrustedRepository } from '@countersign/client';
import { parseOwnRoleName } from '@countersign/core';
import { withTrust } from '../compose/trust.ts';
import { confirm } from '../confirm.ts';
import { DIALECTS, dialectOf } from '../dialect.ts';
import { typed } from '../given.ts';
import { givenRepository } from '../given-repository.ts';
import { canAsk } from '../passphrase.ts';
import { publishSigners } from '../publish-signers.ts';
import type { Call, Handler } from '../tree/spec.ts';

export const signerRemove: Handler = async (call) => {
  const { given, output } = call;
  const gun = givenRepository(call);
  const signer = typed('the name of the signer', () => parseOwnRoleName(given.argument('signer')));
  const team = given.text('team');
  const threshold = given.whole('threshold', 1);
  const change: RemoveSignerChange = {
    kind: 'remove-signer',
    signer,
    ...(team === undefined ? {} : { role: typed('--team', () => DIALECTS[dialectOf(call, gun)].roleCalled(team)) }),
    ...(threshold === undefined ? {} : { threshold }),
  };
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const repository = await trust.client.standing(gun);
    const roles = (await repository.delegations()).filter(
      ({ role, holders }) => (change.role ?? role) === role && holders.some(({ name }) => name === signer),
    );
    const closing = roles.filter(({ keys }) => keys.length === 1);
    await askAboutTags(call, repository, closing);
    const published = await publishSigners(
      call,
      trust,
      repository,
      change,
      roles.flatMap(({ keys }) => keys),
    );
    const names = roles.map(({ role }) => role);
    output.say(`${signer} signs no longer in ${names.join(', ')} of ${gun}`);
    for (const { role } of closing) output.say(`role ${role} is gone, and with it what it signed`);
    const signedAnew = names.filter((role) => published.versions.has(role));
    if (signedAnew.length > 0) output.say(`signed anew: ${signedAnew.join(', ')}`);
    const facts = { gun, signer, roles: names, closed: closing.map(({ role }) => role), versions: Object.fromEntries(published.versions) };
    return { facts, text: signer };
  });
};

/** A person is asked; a script that spells the name out has said what it means. */
async function askAboutTags(call: Call, repository: TrustedRepository, closing: readonly DelegationFacts[]): Promise<void> {
  if (closing.length === 0) return;
  const roles = new Set(closing.map(({ role }) => role));
  const lost = (await repository.list()).filter(({ role }) => roles.has(role)).map(({ path }) => path);
  if (lost.length === 0) return;
  const tags = `${lost.slice(0, 10).join(', ')}${lost.length > 10 ? `, and ${lost.length - 10} more` : ''}`;
  if (canAsk(call.world)) await confirm(call.world, call.given, `Take ${[...roles].join(', ')} away, and with it ${tags}?`);
  else call.output.say(`no longer signed by ${[...roles].join(', ')}: ${tags}`);
}
