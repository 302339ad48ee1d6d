// `signer add`: somebody may sign from now on, alone or as one of a team.
import type { AddSignerChange, DelegationFacts } from '@countersign/client';
import { type Dialect, parseOwnRoleName } from '@countersign/core';
import { withTrust } from '../compose/trust.ts';
import { DIALECTS, dialectOf } from '../dialect.ts';
import { UsageError } from '../errors.ts';
import { typed } from '../given.ts';
import { givenPublicKey } from '../given-public-key.ts';
import { givenRepository } from '../given-repository.ts';
import { typedPattern } from '../names.ts';
import { publishSigners } from '../publish-signers.ts';
import { holderText, needs, pathsText, rolesBefore } from '../signer-words.ts';
import type { Call, Handler } from '../tree/spec.ts';

export const signerAdd: Handler = async (call) => {
  const gun = givenRepository(call);
  const change = await typedChange(call, DIALECTS[dialectOf(call, gun)]);
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const repository = await trust.client.standing(gun);
    const standing = (await repository.delegations()).find(({ role }) => role === change.role);
    if (standing !== undefined && call.given.text('team') === undefined && standing.holders.every(({ name }) => name !== change.signer)) {
      throw new UsageError('bad-arguments', `${change.role} is a role of ${gun} already, so it is no name for another signer`, {
        next: `--team ${change.role} adds somebody to it`,
      });
    }
    const involved = [...(standing?.keys ?? []), ...(change.key === undefined ? [] : [change.key.fingerprint])];
    const published = await publishSigners(call, trust, repository, change, involved);
    const after = await trust.client.standing(gun);
    const delegations = await after.delegations();
    const role = delegations.find((one) => one.role === change.role);
    const holder = role?.holders.find(({ name }) => name === change.signer);
    if (role === undefined || holder === undefined) throw new Error(`${change.role} does not stand after it was published`);
    const before = rolesBefore(after, delegations, role);
    call.output.say(`${holderText(holder)} may sign ${pathsText(role.paths)} of ${gun} in role ${role.role}, which takes ${needs(role)}`);
    for (const one of before) call.output.say(hiddenBy(one, role));
    return {
      facts: {
        gun,
        signer: change.signer,
        fingerprint: holder.fingerprint,
        role: role.role,
        paths: role.paths,
        threshold: role.threshold,
        signers: role.holders,
        only: role.terminating,
        before: before.map((one) => one.role),
        versions: Object.fromEntries(published.versions),
      },
      text: holder.fingerprint,
    };
  });
};

async function typedChange(call: Call, dialect: Dialect): Promise<AddSignerChange> {
  const { given } = call;
  const signer = typed('the name of the signer', () => parseOwnRoleName(given.argument('signer')));
  const team = given.text('team');
  const role = typed('--team', () => dialect.roleCalled(team ?? signer));
  const threshold = given.whole('threshold', 1);
  if (team === undefined && threshold !== undefined) {
    throw new UsageError('bad-arguments', '--threshold belongs to --team, and there is none', {
      next: `countersign signer add ${signer} --team NAME --threshold ${threshold}`,
    });
  }
  const paths = given.texts('paths').map((pattern) => typedPattern('--paths', pattern));
  const [key, before] = [given.text('key'), given.text('before')];
  return {
    kind: 'add-signer',
    signer,
    key: key === undefined ? undefined : await givenPublicKey(call, key),
    role,
    ...(threshold === undefined ? {} : { threshold }),
    ...(paths.length === 0 ? {} : { paths }),
    ...(before === undefined ? {} : { before: typed('--before', () => dialect.roleCalled(before)) }),
    ...(given.flag('only') ? { terminating: true } : {}),
  };
}

/** What the search finds: said at once, not when the first tag is missed. */
function hiddenBy(before: DelegationFacts, role: DelegationFacts): string {
  const weaker = before.threshold < role.threshold ? `, and takes ${needs(before)}` : '';
  const hides = before.terminating ? `hides everything that ${role.role} signs there` : `hides that of ${role.role}`;
  return `note: ${before.role} is asked first${weaker}: what it signs ${hides}; --before ${before.role} puts ${role.role} first, and --only makes it the only one`;
}
