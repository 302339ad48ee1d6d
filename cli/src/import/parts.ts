// A repository that is too large for one request, cut into parts that follow its history: a part holds what was published together, so
// that each file comes with, or after, the files that say who may sign it; and of each role, older versions come before newer ones.
import { type Env, FormatError, type ImportFile, ROOT, SNAPSHOT, TIMESTAMP } from '@countersign/core';
import { hexOf } from './copied.ts';

/** What one request may bring; below what the server takes. */
export interface PartSize {
  readonly files: number;
  readonly bytes: number;
}

export const USUAL_PART: PartSize = { files: 800, bytes: 32 * 1024 * 1024 };

/** `files` in parts, roots in the first one. A single file larger than a part is a part of its own. */
export function partsOf(files: readonly ImportFile[], size: PartSize, env: Env): readonly (readonly ImportFile[])[] {
  const parts: ImportFile[][] = [];
  let part: ImportFile[] = [];
  let bytes = 0;
  for (const file of inHistory(files, env)) {
    if (part.length > 0 && file.role !== ROOT && (part.length >= size.files || bytes + file.bytes.length > size.bytes)) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(file);
    bytes += file.bytes.length;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

function inHistory(files: readonly ImportFile[], env: Env): readonly ImportFile[] {
  const snapshots = files.filter(({ role }) => role === SNAPSHOT).sort((one, other) => one.version - other.version);
  const times = new Map<string, number>();
  const tell = (hex: string | undefined, time: number): void => {
    if (hex !== undefined && !times.has(hex)) times.set(hex, time);
  };
  for (const [time, { bytes }] of snapshots.entries()) {
    tell(hexOf(bytes), time);
    for (const hex of namedIn(bytes, env)) tell(hex, time);
  }
  const placed = files.map((file) => ({
    file,
    time: file.role === ROOT ? -1 : (times.get(file.role === TIMESTAMP ? snapshotIn(file, env) : hexOf(file.bytes)) ?? -1),
  }));
  // A file that nothing names lies between its neighbours: no older than the version before it.
  const latest = new Map<string, number>();
  const order = [...placed].sort((one, other) => one.file.version - other.file.version);
  const at = new Map(
    order.map(({ file, time }) => {
      const place = Math.max(time, latest.get(file.role) ?? 0);
      latest.set(file.role, place);
      return [file, file.role === ROOT ? -1 : place] as const;
    }),
  );
  const depth = ({ role }: ImportFile): number => role.split('/').length;
  return [...files].sort(
    (one, other) => (at.get(one) ?? 0) - (at.get(other) ?? 0) || depth(one) - depth(other) || one.version - other.version,
  );
}

function namedIn(bytes: Uint8Array, env: Env): readonly (string | undefined)[] {
  try {
    return [...env.dialect.parse('snapshot', SNAPSHOT, bytes, env).content.meta.values()].map(({ hashes }) => hashes?.get('sha256'));
  } catch (error) {
    if (error instanceof FormatError) return [];
    throw error;
  }
}

function snapshotIn({ bytes }: ImportFile, env: Env): string {
  try {
    return env.dialect.parse('timestamp', TIMESTAMP, bytes, env).content.snapshot.hashes?.get('sha256') ?? '';
  } catch (error) {
    if (error instanceof FormatError) return '';
    throw error;
  }
}
