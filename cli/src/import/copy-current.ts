// What an old server shows to a new reader, copied: all roots, and the set of files that its timestamp leads to. A server that is at work
// may publish in between; then the timestamp leads to a root that was not there yet, and all is asked for once more.
import {
  type Env,
  type Gun,
  HIGHEST_IMPORTED_VERSION,
  type ImportFile,
  type MetaFile,
  MOST_IMPORTED_ROOTS,
  type Parsed,
  parseVersion,
  ReviewError,
  ROOT,
  type RoleKind,
  type RoleName,
  SNAPSHOT,
  TIMESTAMP,
  TrustError,
  verifyBytes,
} from '@countersign/core';
import { type Copied, inOrder } from './copied.ts';
import { noRepository } from './next-steps.ts';
import type { OldServer } from './old-server.ts';

const MOST_ATTEMPTS = 4;

/** Throws TrustError, FormatError, ReviewError, and what asking throws. */
export async function copyCurrent(gun: Gun, server: OldServer, env: Env): Promise<Copied> {
  const roots: ImportFile[] = [];
  for (let attempt = 1; ; attempt += 1) {
    await moreRoots(gun, roots, server, env);
    try {
      return await currentOf(gun, roots, server, env);
    } catch (error) {
      // Only what a publish in between explains.
      const moved = error instanceof TrustError && (error.code === 'missing' || error.code === 'mismatch');
      if (!moved || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

async function moreRoots(gun: Gun, roots: ImportFile[], server: OldServer, { limits }: Env): Promise<void> {
  for (;;) {
    const number = (roots.at(-1)?.version ?? 0) + 1;
    if (number > MOST_IMPORTED_ROOTS) throw new TrustError('limit', `${gun}: more than ${MOST_IMPORTED_ROOTS} roots are not followed`);
    const version = parseVersion(number, 'root version');
    const bytes = await server.get(gun, `${number}.root.json`, limits.rootBytes);
    if (bytes !== undefined) {
      roots.push({ role: ROOT, version, bytes });
      continue;
    }
    if (number > 1) return;
    // A server of Notary takes a second version for a first one.
    const second = await server.get(gun, '2.root.json', limits.rootBytes);
    if (second === undefined) throw noRepository(`${gun}: ${server.url.host} has no such repository`);
    roots.push({ role: ROOT, version: parseVersion(2, 'root version'), bytes: second });
  }
}

async function currentOf(gun: Gun, roots: readonly ImportFile[], server: OldServer, env: Env): Promise<Copied> {
  const { limits } = env;
  const found: ImportFile[] = [];
  const keep = <Kind extends RoleKind>(kind: Kind, role: RoleName, bytes: Uint8Array): Parsed<Kind> => {
    const parsed = env.dialect.parse(kind, role, bytes, env);
    const { version } = parsed.content;
    if (version > HIGHEST_IMPORTED_VERSION)
      throw new ReviewError(
        'wrong-version',
        `${gun}: ${role} v${version} is above ${HIGHEST_IMPORTED_VERSION}: nobody could publish after it for long`,
      );
    found.push({ role, version, bytes });
    return parsed;
  };
  const named = async (role: RoleName, meta: MetaFile, most: number): Promise<Uint8Array> => {
    const file = env.dialect.path({ role, version: undefined, hashes: meta.hashes, consistent: true });
    const bytes = await server.get(gun, file, Math.min(meta.length ?? most, most));
    if (bytes === undefined) throw new TrustError('missing', `${gun}: ${role} is not served, though the files above name it`);
    verifyBytes(`${gun}: ${role}`, bytes, meta, env.crypto);
    return bytes;
  };

  const newest = await server.get(gun, 'timestamp.json', limits.timestampBytes);
  if (newest === undefined) throw new TrustError('missing', `${gun}: ${server.url.host} serves no timestamp`);
  const timestamp = keep('timestamp', TIMESTAMP, newest);
  const snapshot = keep('snapshot', SNAPSHOT, await named(SNAPSHOT, timestamp.content.snapshot, limits.snapshotBytes));
  const root = snapshot.content.meta.get(ROOT);
  const last = roots.at(-1);
  if (root !== undefined && last !== undefined) verifyBytes(`${gun}: root`, last.bytes, root, env.crypto);
  let room = limits.repositoryBytes;
  const problems: string[] = [];
  for (const [role, meta] of snapshot.content.meta) {
    if (role === ROOT) continue;
    if ((meta.length ?? 0) > room)
      throw new TrustError('limit', `${gun}: its roles have more than ${limits.repositoryBytes} bytes together`);
    try {
      const bytes = await named(role, meta, limits.targetsBytes);
      room -= bytes.length;
      keep('targets', role, bytes);
    } catch (error) {
      // A role whose delegation is gone may be listed on by the server that signs the snapshot. Whether it is needed is judged later.
      if (!(error instanceof TrustError && error.code === 'missing') || role === 'targets') throw error;
      problems.push(error.message);
    }
  }
  const current = new Map(found.map(({ role, version }) => [role, version]));
  if (last !== undefined) current.set(ROOT, last.version);
  return { gun, files: inOrder([...roots, ...found]), current, problems };
}
