// The high-water marks that a check holds a store against, and what is wrong with the file that keeps them. The marks are read before the store
// is: one that rises meanwhile would tell of a publish that the dump is too old to have.
import { readFile } from 'node:fs/promises';
import type { Finding } from '@countersign/store';
import type { HighWater } from '../high-water.ts';
import { findMarks, type Mark, raised } from '../high-water-lines.ts';
import { repositoryOfKey } from '../repository.ts';
import { systemReason } from '../system-reason.ts';

export interface KnownMarks {
  /** By `keyOf`. */
  readonly marks: ReadonlyMap<string, Mark>;
  readonly findings: readonly Finding[];
}

const BRING_A_COPY = 'no server starts on it: keep it aside, and bring the newest copy of it that is whole';

/** The marks of a server that is stopped, or that is another process. The file is not changed. Throws the system's error where it cannot be read. */
export async function marksInFile(file: string): Promise<KnownMarks> {
  const { marks, damage } = findMarks(await readFile(file, 'utf8'));
  return {
    marks,
    findings: damage.map(({ words, repository: key }) => {
      const repository = key === undefined ? undefined : repositoryOfKey(key);
      const whose = repository === undefined ? '' : ', which has its high-water mark';
      return { ...(repository && { repository }), text: `${file} ${words}${whose}; ${BRING_A_COPY}` };
    }),
  };
}

/** The marks of the server that this process is: those that it goes by, held against its file. */
export async function marksInForce(highWater: HighWater): Promise<KnownMarks> {
  const { file } = highWater;
  // First, because each of them was in the file before it came here.
  const held = new Map(highWater.all());
  let kept: KnownMarks;
  try {
    kept = await marksInFile(file);
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    return {
      marks: held,
      findings: [{ text: `${file} cannot be read: ${reason}; no server starts without it: bring its newest copy back` }],
    };
  }
  const marks = new Map(held);
  for (const [key, mark] of kept.marks) marks.set(key, raised(held.get(key), mark));
  return { marks, findings: [...kept.findings, ...(kept.findings.length > 0 ? [] : forgotten(held, kept, file))] };
}

/** What this server signed and its file does not know: somebody put an older one in its place. */
function forgotten(held: ReadonlyMap<string, Mark>, kept: KnownMarks, file: string): readonly Finding[] {
  return [...held].flatMap(([key, mark]) => {
    const { timestamp, snapshot, seq } = kept.marks.get(key) ?? { timestamp: 0, snapshot: 0, seq: 0 };
    if (timestamp >= mark.timestamp && snapshot >= mark.snapshot && seq >= mark.seq) return [];
    const repository = repositoryOfKey(key);
    const text = `${file} has timestamp ${timestamp}, snapshot ${snapshot} and seq ${seq}, but this server signed ${mark.timestamp}, ${mark.snapshot} and ${mark.seq}: an older file was put in its place; bring the newest back before this server is stopped`;
    return [{ ...(repository && { repository }), text }];
  });
}
