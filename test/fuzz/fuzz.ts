// The fuzzer: as many cut files as one asks for, each held to the claims.
import { FormatError } from '@countersign/core';
import { chanceOf } from '../lab/chance.ts';
import { judgeFile } from './claims.ts';
import { makeCorpus } from './corpus.ts';
import { cut, cuttable } from './cut.ts';
import { oracleFor } from './oracle.ts';
import { resignedFile } from './resign.ts';

export interface Finding {
  readonly round: number;
  readonly role: string;
  readonly why: string;
  readonly file: Uint8Array;
}

export interface Report {
  readonly done: number;
  readonly outcomes: ReadonlyMap<string, number>;
  /** Files that the rightful keys signed after the cut. */
  readonly resigned: number;
  /** The longest that one file took, in milliseconds. */
  readonly longest: number;
  readonly finding: Finding | undefined;
}

export interface Fuzzing {
  readonly seed: number;
  readonly count: number;
  /** Called now and then, with the number of files done; `stop` ends the run there. */
  readonly onProgress?: (done: number) => Promise<'go on' | 'stop'>;
}

// The slowest file in a million takes some 50 milliseconds; a busy machine is no finding.
const LONGEST_MS = 5000;

export async function fuzz({ seed, count, onProgress }: Fuzzing): Promise<Report> {
  const { subjects, floor } = await makeCorpus();
  const pool = subjects.map((subject) => ({ subject: cuttable(subject), oracle: oracleFor(subject) }));
  const chance = chanceOf(seed);
  const outcomes = new Map<string, number>();
  let resigned = 0;
  let longest = 0;
  let round = 0;
  for (; round < count; round++) {
    const { subject, oracle } = chance.pick(pool);
    let made = cut(subject, chance.pick(pool).subject, chance);
    let again: Uint8Array | undefined;
    // Most cuts cannot be read, and nobody could sign them: a few more tries find some that can.
    for (let tries = chance.once(4) ? 6 : 0; tries > 0 && again === undefined; tries--) {
      if (made.inside) again = signedAgain(subject, made.bytes);
      if (again === undefined) made = cut(subject, chance.pick(pool).subject, chance);
    }
    const file = again ?? made.bytes;
    if (again !== undefined) resigned++;
    const before = performance.now();
    const outcome = judgeFile(subject, file, {
      floor: chance.once(2) ? floor : undefined,
      oracle: again === undefined ? oracle : undefined,
      spare: !chance.once(8),
    });
    longest = Math.max(longest, performance.now() - before);
    const why = outcome.is === 'finding' ? outcome.why : longest > LONGEST_MS ? `it took ${longest} ms` : undefined;
    if (why !== undefined) return { done: round, outcomes, resigned, longest, finding: { round, role: subject.name, why, file } };
    if (outcome.is === 'harmless') outcomes.set(outcome.code, (outcomes.get(outcome.code) ?? 0) + 1);
    if (round % 1000 === 999 && (await onProgress?.(round + 1)) === 'stop') break;
  }
  return { done: Math.min(round + 1, count), outcomes, resigned, longest, finding: undefined };
}

type Pooled = ReturnType<typeof cuttable>;

function signedAgain(subject: Pooled, bytes: Uint8Array): Uint8Array | undefined {
  try {
    const env = subject.repository.env();
    return resignedFile(env.dialect.parse(subject.kind, subject.name, bytes, env), subject.signers);
  } catch (error) {
    // What cannot be read is judged as it is, and so is what crashes here: it will crash there too.
    if (error instanceof FormatError || error instanceof Error) return undefined;
    throw error;
  }
}
