import { type Draft, type Floor, type FloorFiles, type RecordHead, readFloor, refresh, TIMESTAMP } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { answerFrom, boundTo, drive, floorAfter, type Simulator, simulate, strippedSignatures } from '@countersign/testkit';
import { beforeEach, describe, expect, it } from 'vitest';

const refused = (code: string) => expect.objectContaining({ code });

let repository: Simulator;
let fork: Simulator;
const run = (floor?: Floor, source: Simulator = repository) =>
  drive(refresh(repository.anchor(), floor, repository.env()), answerFrom(source.served)).result;

/** The floor of somebody who saw all of `repository`, with some of its files replaced. */
function remembered(change: Partial<FloorFiles> = {}): Floor {
  const { root, timestamp, snapshot, record, pins } = floorAfter(run(), repository.env());
  if (timestamp === undefined || snapshot === undefined) throw new Error('nothing was seen');
  const files = { root: root.file, timestamp: timestamp.file, snapshot: snapshot.file, pins, ...(record && { record }), ...change };
  return readFloor(files, repository.env());
}

describe('a timestamp of the version that was seen', () => {
  beforeEach(async () => {
    repository = await simulate();
    fork = repository.fork();
    // Both have timestamp v2: here it names snapshot v2, in the fork still v1.
    await repository.advance();
    await fork.timestamp();
  });

  it('leaves the one that was seen first in its place', () => {
    expect(run(remembered(), fork).before.before.timestamp.content.snapshot.version).toBe(2);
  });

  it('does not go back, even when what was seen has lost its signatures', () => {
    const floor = remembered({ timestamp: strippedSignatures(repository.served.get('timestamp.json') ?? new Uint8Array()) });
    expect(() => run(floor, fork)).toThrowError(refused('rollback'));
  });

  it('is refused when it is of another repository, although it would not be used', async () => {
    await fork.seal(draftOf(fork), { bend: boundTo('ff'.repeat(16)) });
    const floor = remembered();
    expect(() => run(floor, fork)).toThrowError(refused('wrong-repository'));
  });

  it('is not replaced by a remembered one of another repository', async () => {
    const other = await simulate({ keys: repository.keys, repository: 'ff'.repeat(16) });
    await other.advance();
    const floor = remembered({ timestamp: other.served.get('timestamp.json') ?? new Uint8Array() });
    expect(() => run(floor)).toThrowError(refused('wrong-repository'));
  });
});

describe('a newer timestamp', () => {
  it('does not name an older snapshot than the one before, although none is remembered', async () => {
    repository = await simulate();
    fork = repository.fork();
    await repository.advance();
    const { root, timestamp, pins } = floorAfter(run(), repository.env());
    const floor = readFloor({ root: root.file, timestamp: timestamp?.file ?? new Uint8Array(), pins }, repository.env());
    await fork.timestamp();
    await fork.timestamp();
    expect(() => run(floor, fork)).toThrowError(refused('rollback'));
  });
});

describe('a timestamp', () => {
  beforeEach(async () => {
    repository = await simulate();
  });

  it('of another repository is refused, although the same keys signed it', async () => {
    await repository.timestamp({ bend: boundTo('ff'.repeat(16)) });
    expect(() => run()).toThrowError(refused('wrong-repository'));
  });

  it('that names an older snapshot than a pin asks for is refused', () => {
    const anchor = repository.anchor({ minimum: { snapshot: 2 as never } });
    expect(() => drive(refresh(anchor, undefined, repository.env()), answerFrom(repository.served))).toThrowError(refused('rollback'));
  });
});

describe('the record in a timestamp', () => {
  const record = (seq: number, digit = 'a'): RecordHead => ({ seq, hash: digit.repeat(64) });
  const saw = async (head: RecordHead | undefined): Promise<void> => {
    repository.record = head;
    await repository.timestamp();
  };
  beforeEach(async () => {
    repository = await simulate();
    await saw(record(5));
  });

  it.each([
    ['an older one', record(4), 'rollback'],
    ['none', undefined, 'rollback'],
    ['another at the same place', record(5, 'b'), 'equivocation'],
  ])('is refused when it names %s', async (_, head, code) => {
    const floor = remembered();
    await saw(head);
    expect(() => run(floor)).toThrowError(refused(code));
  });

  it.each([
    ['the same', record(5)],
    ['a newer one', record(6)],
  ])('is accepted when it names %s', async (_, head) => {
    const floor = remembered();
    await saw(head);
    expect(run(floor).before.before.timestamp.content.binding?.record).toEqual(head);
  });

  it('raised beyond all reach by a leaked timestamp key counts no longer once that key is gone', async () => {
    await saw(record(Number.MAX_SAFE_INTEGER));
    const floor = remembered();
    await repository.rotate(new Map([['timestamp', [generateSigner('ed25519')]]]));
    await saw(record(6));
    expect(run(floor).before.before.timestamp.content.binding?.record).toEqual(record(6));
  });

  it('still counts when another key than the timestamp’s was replaced', async () => {
    const floor = remembered();
    await repository.rotate(new Map([['snapshot', [generateSigner('ed25519')]]]));
    repository.record = record(5, 'b');
    await repository.advance();
    expect(() => run(floor)).toThrowError(refused('equivocation'));
  });
});

/** The newest timestamp, to be signed once more. */
function draftOf(source: Simulator): Draft<'timestamp'> {
  const { kind, name, signed, content, signedBytes } = source.current('timestamp', TIMESTAMP);
  return { kind, name, version: content.version, signed, message: signedBytes };
}
