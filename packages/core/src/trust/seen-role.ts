// What memory keeps of a role where the snapshot does not state its version (Notary): see `SeenRoles`.
import { digestOf } from '../crypto/digest.ts';
import type { Cryptography } from '../crypto/port.ts';
import type { RoleName } from '../names/brand.ts';
import type { SeenRole } from './floor.ts';
import type { DelegatedTrusted, TargetsTrusted } from './stages.ts';

/** What is to be remembered of a role whose version the snapshot does not state; undefined where it does. */
export function seenRole(stage: TargetsTrusted | DelegatedTrusted, crypto: Cryptography): readonly [RoleName, SeenRole] | undefined {
  const { targets } = stage;
  const { snapshot } = 'delegation' in stage ? stage.before.before : stage.before;
  if (snapshot.content.meta.get(targets.name)?.version !== undefined) return undefined;
  const seen = { version: targets.content.version, digest: digestOf(crypto, targets.file) };
  return [targets.name, 'delegation' in stage ? { ...seen, delegation: stage.delegation } : seen];
}
