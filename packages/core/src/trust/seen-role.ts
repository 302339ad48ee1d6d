// What memory keeps of a role where the snapshot does not state its version (Notary): see `SeenRole`.
import { digestOf } from '../crypto/digest.ts';
import type { Cryptography } from '../crypto/port.ts';
import type { RoleName } from '../names/brand.ts';
import type { SeenRole } from './floor.ts';
import { type DelegatedTrusted, rootOf, type TargetsTrusted } from './stages.ts';

/** What is to be remembered of a role whose version the snapshot does not state; undefined where it does. */
export function seenRole(stage: TargetsTrusted | DelegatedTrusted, crypto: Cryptography): readonly [RoleName, SeenRole] | undefined {
  const { targets } = stage;
  const { snapshot } = 'delegator' in stage ? stage.before.before : stage.before;
  if (snapshot.content.meta.get(targets.name)?.version !== undefined) return undefined;
  return [targets.name, { version: targets.content.version, digest: digestOf(crypto, targets.file) }];
}

/** The same, unless memory said all of it when this refresh began. */
export function newlySeen(stage: TargetsTrusted | DelegatedTrusted, crypto: Cryptography): readonly [RoleName, SeenRole] | undefined {
  const entry = seenRole(stage, crypto);
  if (entry === undefined) return undefined;
  const [name, seen] = entry;
  const then = rootOf('delegator' in stage ? stage.before : stage).floor?.roles.get(name);
  return then?.version === seen.version && then.digest === seen.digest ? undefined : entry;
}
