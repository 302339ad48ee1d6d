// The repository that most tests start from, and the words of somebody who knows its pin.
import {
  type Anchor,
  draftFirstRoot,
  draftFirstTargets,
  expiryAfter,
  type Gun,
  parsePin,
  parseRoleName,
  parseVersion,
  RELEASES,
  type RoleName,
  TARGETS,
} from '@countersign/core';
import { Simulator, type SimulatorOptions } from './simulator.ts';

const DAY = 86_400_000;

/** A repository of ours with an empty `releases` role, root v1 and the pin that belongs to it; in `simulator`, where one is given. */
export async function simulate(options: SimulatorOptions = {}, simulator: Simulator = new Simulator(options)): Promise<Simulator> {
  const env = simulator.env();
  const set = (role: string) => ({ keys: simulator.signersOf(role).map((signer) => signer.key), threshold: 1 });
  const roles = { root: set('root'), timestamp: set('timestamp'), snapshot: set('snapshot'), targets: set('targets') };
  const version = parseVersion(1, 'version');
  const { repository } = simulator.binding;
  await simulator.seal(
    draftFirstRoot({ version, repository, names: [simulator.gun], roles, expires: expiryAfter(env.now, 730 * DAY) }, env),
  );
  const expires = expiryAfter(env.now, 365 * DAY);
  const delegations = [{ name: RELEASES, keys: set('releases'), paths: ['*', '.revoked/*'], terminating: false }];
  await simulator.seal(draftFirstTargets({ name: TARGETS, version, expires, binding: simulator.binding, delegations }, env));
  await simulator.seal(draftFirstTargets({ name: RELEASES, version, expires, binding: simulator.binding, delegations: [] }, env));
  await simulator.advance();
  return simulator;
}

/** The anchor of somebody who was told a pin as text. */
export function anchorFromPin(gun: Gun, text: string): Anchor {
  const { pin, minimum } = parsePin(text);
  return { gun, pins: [pin], minimum, otherwise: 'refuse', binding: 'required' };
}

export const roleName = (text: string): RoleName => parseRoleName(text);
