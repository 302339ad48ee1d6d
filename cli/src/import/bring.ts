// One repository brought to our server: what is there already stays, what is not is sent, in one request where it fits.
import type { Env, ImportFile, ImportTrust } from '@countersign/core';
import { type Copied, hexOf } from './copied.ts';
import type { NewServer, Standing, Taken } from './new-server.ts';
import { type PartSize, partsOf, USUAL_PART } from './parts.ts';

export interface Brought {
  /** `already`: every file was there, and nothing was sent. */
  readonly outcome: 'imported' | 'already';
  readonly added: number;
  readonly leftOut: Taken['leftOut'];
  readonly leftOutCount: number;
}

/** Throws what `NewServer.send` throws. A part that was taken stays; whoever runs it again goes on behind it. */
export async function bring(
  copied: Copied,
  trust: ImportTrust,
  server: NewServer,
  env: Env,
  size: PartSize = USUAL_PART,
): Promise<Brought> {
  const there = await server.standing(copied.gun);
  if (there.standing === 'served' && holdsAll(there, copied)) return { outcome: 'already', added: 0, leftOut: [], leftOutCount: 0 };
  const parts = partsOf(there.standing === 'begun' ? behind(there, copied.files) : copied.files, size, env);
  const leftOut: Taken['leftOut'][number][] = [];
  let [added, count] = [0, 0];
  for (const [index, part] of parts.entries()) {
    const taken = await server.send(copied.gun, part, trust, index === parts.length - 1 ? 'last' : 'more');
    added += taken.added;
    count += taken.leftOutCount;
    leftOut.push(...taken.leftOut);
  }
  return { outcome: added === 0 && there.standing === 'served' ? 'already' : 'imported', added, leftOut, leftOutCount: count };
}

/** Whether what readers are led to is what they are led to there. */
function holdsAll(there: Standing, { files, current }: Copied): boolean {
  return [...current].every(([role, version]) => {
    const bytes = files.find((file) => file.role === role && file.version === version)?.bytes;
    const found = there.files.get(role);
    // A role that nobody delegates to any more has left the head there.
    return found === undefined
      ? role.includes('/')
      : bytes !== undefined && found.version === version && found.digest === `sha256:${hexOf(bytes)}`;
  });
}

/** What is still to be sent to an import that was begun. The newest of each role is sent again: it ends up in the last part. */
function behind(there: Standing, files: readonly ImportFile[]): readonly ImportFile[] {
  const same = new Set(
    [...there.files].flatMap(([role, { version, digest }]) => {
      const own = files.find((file) => file.role === role && file.version === version);
      return own !== undefined && `sha256:${hexOf(own.bytes)}` === digest ? [role] : [];
    }),
  );
  return files.filter(({ role, version }) => !same.has(role) || version >= (there.files.get(role)?.version ?? 0));
}
