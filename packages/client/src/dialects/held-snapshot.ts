// Snapshots of Notary whose key the publishers hold: whoever publishes signs the next one, of everything as it will stand.
import {
  draftSnapshot,
  expiryAfter,
  isTopLevel,
  metaOf,
  type Parsed,
  type RoleName,
  roleOf,
  rootOf,
  type Signer,
  usableKeys,
} from '@countersign/core';
import type { Refreshed } from '../refresh-repository.ts';
import { signDraft } from '../sign-draft.ts';
import type { SignedFile, SignedSnapshot } from '../upload.ts';
import type { World } from '../world.ts';

/** Undefined where no key of the snapshot is at hand: the server has it, or says that somebody must sign. Throws PublishError(`missing-keys`). */
export async function heldSnapshot(
  files: readonly SignedFile[],
  { stage, env }: Refreshed,
  signers: readonly Signer[],
  { options }: World,
): Promise<SignedSnapshot | undefined> {
  const drafted = files.find(({ file }) => file.kind === 'root')?.file;
  const root = drafted?.kind === 'root' ? drafted : rootOf(stage).root;
  const role = roleOf(root, 'snapshot');
  const named = usableKeys(role, root.content.keys, env);
  const given = signers.filter(({ key }) => named.has(key.fingerprint));
  const held = given.length >= role.threshold ? given : [...given, ...((await options.heldSigners?.([...named])) ?? [])];
  if (held.length === 0) return undefined;
  const changed = new Map(files.map(({ sealed }) => [sealed.name, metaOf(sealed)]));
  const previous = { file: stage.before.snapshot, version: undefined };
  const expires = expiryAfter(env.now, options.lifetimes.targets);
  const draft = draftSnapshot(previous, changed, root, expires, env, leaving(files, stage.before.snapshot));
  return { sealed: await signDraft(draft, [{ role, keys: root.content.keys }], held, env) };
}

/** Roles that these files delegate to no longer, and what was below them: names are the tree. */
function leaving(files: readonly SignedFile[], { content }: Parsed<'snapshot'>): readonly RoleName[] {
  const gone: RoleName[] = [];
  for (const { file } of files) {
    if (file.kind !== 'targets') continue;
    const kept = new Set<string>(file.content.delegations?.roles.map(({ name }) => name));
    const below = `${file.name}/`;
    for (const role of content.meta.keys()) {
      const child = role.startsWith(below) ? below + (role.slice(below.length).split('/', 1)[0] ?? '') : undefined;
      if (child !== undefined && !isTopLevel(role) && !kept.has(child)) gone.push(role);
    }
  }
  return gone;
}
