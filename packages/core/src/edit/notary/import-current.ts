// What an import leaves standing: one set of files that belong together, from the newest timestamp down. Readers begin there, so nothing
// of it may be missing, and nothing newer may lie beside it: this server serves the newest version of each role as the current one.
import { ReviewError, TrustError } from '../../errors.ts';
import type { Env } from '../../formats/dialect.ts';
import type { MetaFile, Parsed, RoleKind } from '../../model/metadata.ts';
import { roleOf } from '../../model/role-of.ts';
import { isTopLevel, ROOT, SNAPSHOT, TARGETS, TIMESTAMP } from '../../model/top-level.ts';
import type { RoleName, Version } from '../../names/brand.ts';
import { verifyMeta } from '../../verify/verify-bytes.ts';
import { type Verified, verifySigned } from '../../verify/verify-signed.ts';
import { askBytes } from '../ask.ts';
import type { HeldFile } from './import-files.ts';
import type { ImportHead, ImportReview, LeftOut } from './import-plan.ts';

interface Newest {
  readonly version: Version;
  readonly bytes: Uint8Array | undefined;
}

/** Roles that no delegation leads to, though they have files. Throws ReviewError, TrustError or FormatError when the set does not hold. */
export function* currentSet(
  head: ImportHead | undefined,
  held: readonly HeldFile[],
  leftOut: readonly LeftOut[],
  root: Verified<'root'>,
  env: Env,
): ImportReview<readonly RoleName[]> {
  const newest = new Map<RoleName, Newest>();
  for (const [role, { version }] of head?.files ?? []) newest.set(role, { version, bytes: undefined });
  for (const { file } of held) {
    const known = newest.get(file.name);
    if (known === undefined || file.version > known.version) newest.set(file.name, file);
  }
  function* current<Kind extends RoleKind>(role: RoleName, kind: Kind): ImportReview<Parsed<Kind> | undefined> {
    const found = newest.get(role);
    const bytes = found && (found.bytes ?? (yield* askBytes({ need: 'stored', role, version: found.version })));
    return bytes && env.dialect.parse(kind, role, bytes, env);
  }

  const timestamp = yield* current(TIMESTAMP, 'timestamp');
  const late = leftOut.find(({ role, version }) => role === TIMESTAMP && version > (timestamp?.content.version ?? 0));
  if (late !== undefined) throw notWhole(`its newest timestamp, v${late.version}, does not hold: ${late.why}`);
  if (timestamp === undefined) throw notWhole('it has no timestamp');
  verifySigned(timestamp, roleOf(root, 'timestamp'), root.content.keys, env);

  const snapshot = yield* current(SNAPSHOT, 'snapshot');
  if (snapshot === undefined) throw notWhole('it has no snapshot');
  named(SNAPSHOT, snapshot.file, timestamp.content.snapshot, leftOut, env);
  verifySigned(snapshot, roleOf(root, 'snapshot'), root.content.keys, env);
  named(ROOT, root.file, snapshot.content.meta.get(ROOT), leftOut, env);

  const led = new Set<RoleName>([TARGETS]);
  for (const role of led) {
    const meta = snapshot.content.meta.get(role);
    // Delegated to, and nothing signed yet: no file is asked for.
    if (meta === undefined && role !== TARGETS) continue;
    const file = yield* current(role, 'targets');
    if (file === undefined) throw notWhole(`${role} is missing, though its snapshot names it`, leftOut, role);
    named(role, file.file, meta, leftOut, env);
    if (role === TARGETS) verifySigned(file, roleOf(root, 'targets'), root.content.keys, env);
    for (const { name } of file.content.delegations?.roles ?? []) led.add(name);
  }
  return [...newest.keys()].filter((role) => !isTopLevel(role) && !led.has(role));
}

/** Throws TrustError('mismatch') for a newest file that is not the one that its readers are led to. */
function named(role: RoleName, bytes: Uint8Array, meta: MetaFile | undefined, leftOut: readonly LeftOut[], { crypto }: Env): void {
  if (meta === undefined) throw notWhole(`${role} is not named by what should name it`);
  try {
    verifyMeta(role, bytes, meta, crypto);
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    const [why] = leftOut.filter((one) => one.role === role).slice(-1);
    const more = why === undefined ? '' : `; left out was v${why.version}: ${why.why}`;
    throw new ReviewError('refused-upload', `the newest ${role} is not the one that readers are led to: ${error.message}${more}`, {
      cause: error,
    });
  }
}

function notWhole(why: string, leftOut: readonly LeftOut[] = [], role?: RoleName): ReviewError {
  const found = leftOut.findLast((one) => one.role === role);
  return new ReviewError('refused-upload', `the import is not whole: ${why}${found === undefined ? '' : `: ${found.why}`}`);
}
