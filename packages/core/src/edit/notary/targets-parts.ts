// A server's judgement of the targets and delegations in a Notary upload: each held to the file that delegates to it, shallow ones first.
// What stands and is not in the upload is left alone: its publishers take keys away first, and have a role signed anew later.
import { excerpt } from '../../bytes/excerpt.ts';
import { FormatError, ReviewError } from '../../errors.ts';
import type { Env } from '../../formats/dialect.ts';
import type { KeyRing, Parsed, RoleKeys } from '../../model/metadata.ts';
import { roleOf } from '../../model/role-of.ts';
import { isTopLevel, TARGETS } from '../../model/top-level.ts';
import type { RoleName } from '../../names/brand.ts';
import { notaryParent } from '../../names/notary-names.ts';
import { hasControlCharacter } from '../../names/text.ts';
import { checkNotExpired } from '../../trust/root.ts';
import { type Verified, verifySigned } from '../../verify/verify-signed.ts';
import type { Review, ReviewHead, Standing, Upload } from '../plan.ts';
import { countKeys, type KeyCount } from '../review-key-count.ts';
import { storedFile } from '../review-stored.ts';
import { refusal, refusing } from './refusal.ts';
import { reviewSpelling } from './spelling.ts';

interface Signers {
  readonly role: RoleKeys;
  readonly keys: KeyRing;
}

export interface NotaryRoles {
  /** Top-level targets as they will stand. */
  readonly targets: Verified<'targets'>;
  /** What the upload brings. */
  readonly arrived: readonly Verified<'targets'>[];
  /** Roles with a file whose delegation this upload takes away. */
  readonly retired: readonly RoleName[];
}

/** Throws ReviewError. */
export function* targetsParts(
  head: ReviewHead | undefined,
  upload: Upload,
  root: Standing<'root'>,
  count: KeyCount,
  env: Env,
): Review<NotaryRoles> {
  const opened = new Map<RoleName, Verified<'targets'>>();
  const arrived: Verified<'targets'>[] = [];
  const retired = new Set<RoleName>();

  function* open(name: RoleName): Review<Verified<'targets'>> {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const signers = name === TARGETS ? rootSigners(root.file) : delegationTo(name, yield* open(notaryParent(name)));
    const part = upload.parts.get(name);
    const below = [...(head?.files.keys() ?? [])].filter((role) => role.startsWith(`${name}/`));
    // What a part replaces matters for the roles below it alone: most files have none, and may be large.
    const stored = part === undefined || below.length > 0 ? yield* storedFile(head, name, 'targets', env) : undefined;
    const file =
      part === undefined ? standing(name, stored, signers, env) : refusing('targets', () => judged(part, name, signers, count, env));
    opened.set(name, file);
    if (part !== undefined) {
      arrived.push(file);
      for (const role of lostBy(file, stored, below)) if (!upload.parts.has(role)) retired.add(role);
    }
    return file;
  }

  const targets = yield* open(TARGETS);
  const names = [...upload.parts.keys()].filter((name) => !isTopLevel(name)).sort((one, other) => depth(one) - depth(other));
  for (const name of names) yield* open(name);
  return { targets, arrived, retired: [...retired] };
}

const depth = (name: RoleName): number => name.split('/').length;

const rootSigners = (root: Parsed<'root'>): Signers => ({ role: roleOf(root, 'targets'), keys: root.content.keys });

function delegationTo(name: RoleName, parent: Verified<'targets'>): Signers {
  const { roles = [], keys = new Map() } = parent.content.delegations ?? {};
  const role = roles.find((one) => one.name === name);
  if (role === undefined) throw refusal('targets', `tuf: invalid role ${name}. delegation does not exist`);
  return { role, keys };
}

/** What is stored may have run out of time: what is published below it is no less true for that. */
function standing(name: RoleName, stored: Parsed<'targets'> | undefined, { role, keys }: Signers, env: Env): Verified<'targets'> {
  if (stored !== undefined) return refusing('targets', () => verifySigned(stored, role, keys, env), thresholdText(name));
  throw refusal('hierarchy', `could not load ${name}: it is neither stored nor in the update`, { missing: name });
}

function judged(part: Uint8Array, name: RoleName, { role, keys }: Signers, count: KeyCount, env: Env): Verified<'targets'> {
  const parsed = env.dialect.parse('targets', name, part, env);
  countKeys(parsed, count, env.limits);
  const file = refusing('targets', () => verifySigned(parsed, role, keys, env), thresholdText(name));
  for (const path of file.content.targets.keys()) {
    if (hasControlCharacter(path))
      throw new FormatError('malformed', `${name}: ${excerpt(path)} holds a control character, which notary cannot write`);
  }
  for (const delegation of file.content.delegations?.roles ?? []) {
    const unknown = delegation.keyids.find((keyid) => file.content.delegations?.keys.has(keyid) !== true);
    if (unknown !== undefined)
      throw new ReviewError('impossible-role', `${delegation.name}: key ${unknown.slice(0, 16)} is listed, but not given`);
  }
  checkNotExpired(file, env);
  reviewSpelling(file);
  return file;
}

const thresholdText = (name: RoleName): string => `valid signatures did not meet threshold for ${name}`;

/** Stored roles at or below a delegation that stood before and stands no more: names are the tree. */
function* lostBy(file: Verified<'targets'>, before: Parsed<'targets'> | undefined, below: readonly RoleName[]): Generator<RoleName> {
  const kept = new Set(file.content.delegations?.roles.map(({ name }) => name));
  for (const { name } of before?.content.delegations?.roles ?? []) {
    if (kept.has(name)) continue;
    for (const role of below) if (role === name || role.startsWith(`${name}/`)) yield role;
  }
}
