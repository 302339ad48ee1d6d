// Who must sign a draft of targets or of a delegated role: the keys that stand, unless another draft of the same set brings others.
import { type Parsed, parseVersion, ROOT, type RoleName, roleOf, rootOf, TARGETS, type Version } from '@countersign/core';
import { type Drafts, parseDraft } from './drafts.ts';
import { PublishError } from './errors.ts';
import type { Refreshed } from './refresh-repository.ts';
import type { Signatories } from './sign-draft.ts';
import { standingRole } from './standing.ts';

/** What a draft follows. */
export interface Standing {
  readonly file: Parsed<'root'> | Parsed<'targets'> | undefined;
  /** The newest version that ever stood; undefined when the role has signed nothing yet. */
  readonly version: Version | undefined;
}

/** The newest file of a role of kind targets. A role that a draft is about to add has none, or one that counts no more. */
export async function standingFor(repository: Refreshed, role: RoleName): Promise<Standing> {
  const listed = repository.stage.before.snapshot.content.meta.get(role)?.version;
  const version = listed && parseVersion(listed, `${role} version`);
  try {
    return { file: (await standingRole(repository, role)).file, version };
  } catch (error) {
    if (error instanceof PublishError && error.code === 'unknown-role') return { file: undefined, version };
    throw error;
  }
}

/** Throws PublishError(`unknown-role`) when neither what stands nor a draft leads to the role. */
export async function proposedSignatories(repository: Refreshed, role: RoleName, drafts: Drafts): Promise<Signatories> {
  const { env, stage } = repository;
  const parsed = (name: RoleName): Parsed<'root'> | Parsed<'targets'> | undefined => {
    const [file] = name === role ? [] : (drafts.get(name) ?? []);
    return file && parseDraft(name, file, env);
  };
  if (role === TARGETS) {
    const coming = parsed(ROOT);
    const root = coming?.kind === 'root' ? coming : rootOf(stage).root;
    return { role: roleOf(root, 'targets'), keys: root.content.keys };
  }
  for (const name of drafts.keys()) {
    const coming = name === ROOT ? undefined : parsed(name);
    const delegations = coming?.kind === 'targets' ? coming.content.delegations : undefined;
    const found = delegations?.roles.find((candidate) => candidate.name === role);
    if (found !== undefined && delegations !== undefined) return { role: found, keys: delegations.keys };
  }
  return (await standingRole(repository, role)).signatories;
}
