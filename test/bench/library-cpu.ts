// CPU of the library alone, against the least that any client must do with the same bytes: parse, hash, check one signature.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { findTarget, type JsonObject, refresh, TARGETS } from '@countersign/core';
import { answerFrom, drive, type Simulator } from '@countersign/testkit';
import { flatRepository, tagName } from './flat.ts';
import { cpu, median } from './measure.ts';
import { atMost, type Row } from './table.ts';

const ROUNDS = 9;

export async function libraryCpu(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const tags of [10_000, 100_000]) {
    const { ours, floor, ratio } = against(await flatRepository(tags));
    rows.push(
      atMost(`CPU of the library, ${tags} tags, against the floor`, ratio, 3, ` (${ours.toFixed(0)} against ${floor.toFixed(0)} ms)`),
    );
  }
  // One after the other and not in turn: the garbage of the larger would be collected at the smaller one's expense.
  const half = await typical(50_000);
  const whole = await typical(100_000);
  rows.push(atMost('CPU for 100000 tags, against 50000', whole / half, 2.2, ` (${whole.toFixed(0)} against ${half.toFixed(0)} ms)`));
  return rows;
}

/** The median of a good many rounds. */
async function typical(tags: number): Promise<number> {
  const repository = await flatRepository(tags);
  for (let round = 0; round < 3; round += 1) refreshAndFind(repository);
  return median(Array.from({ length: 2 * ROUNDS }, () => cpu(() => refreshAndFind(repository))));
}

function against(repository: Simulator): { readonly ours: number; readonly floor: number; readonly ratio: number } {
  const { file, signedBytes, signatures } = repository.current('targets', TARGETS);
  const key = publicKeyOf(repository);
  const signature = signatures[0]?.bytes ?? new Uint8Array();
  const least = (): void => {
    JSON.parse(new TextDecoder().decode(file));
    createHash('sha256').update(file).digest();
    if (!verify(null, signedBytes, key, signature)) throw new Error('the floor does not verify');
  };
  refreshAndFind(repository);
  least();
  const rounds = Array.from({ length: ROUNDS }, () => ({ ours: cpu(() => refreshAndFind(repository)), floor: cpu(least) }));
  return {
    ours: median(rounds.map((round) => round.ours)),
    floor: median(rounds.map((round) => round.floor)),
    ratio: median(rounds.map((round) => round.ours / round.floor)),
  };
}

function refreshAndFind(repository: Simulator): void {
  const answer = answerFrom(repository.served);
  const env = repository.env();
  const { result } = drive(refresh(repository.anchor(), undefined, env), answer);
  if (drive(findTarget(result, tagName(7), new Map(), env), answer).result === undefined) throw new Error('the tag was not found');
}

function publicKeyOf(repository: Simulator) {
  const [signer] = repository.signersOf('targets');
  const value = signer?.key.object.get('keyval') as JsonObject;
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(String(value.get('public')), 'hex')]);
  return createPublicKey({ key: spki, format: 'der', type: 'spki' });
}
