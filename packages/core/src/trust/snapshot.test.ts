import { type Floor, parseVersion, readFloor, refresh, SNAPSHOT } from '@countersign/core';
import {
  answerFrom,
  drive,
  floorAfter,
  losingRole,
  type Simulator,
  simulate,
  versioned,
  withoutHashes,
  withoutMember,
} from '@countersign/testkit';
import { beforeEach, describe, expect, it } from 'vitest';

const refused = (code: string) => expect.objectContaining({ code });

describe('a snapshot', () => {
  let repository: Simulator;
  beforeEach(async () => {
    repository = await simulate();
    await repository.publish({});
  });
  const run = (floor?: Floor) => drive(refresh(repository.anchor(), floor, repository.env()), answerFrom(repository.served)).result;

  it('older than a remembered one is refused where no timestamp is remembered', async () => {
    const fork = repository.fork();
    await repository.advance();
    const { root, snapshot, pins } = floorAfter(run(), repository.env());
    const floor = readFloor({ root: root.file, snapshot: snapshot?.file ?? new Uint8Array(), pins }, repository.env());
    repository = fork;
    expect(() => run(floor)).toThrowError(refused('rollback'));
  });

  it('that loses a delegated role is refused', async () => {
    const floor = floorAfter(run(), repository.env());
    await repository.snapshot({ bend: losingRole('releases') });
    await repository.timestamp();
    expect(() => run(floor)).toThrowError(refused('rollback'));
  });

  it('of another version than the timestamp names is refused', async () => {
    await repository.snapshot({ bend: versioned(7) });
    repository.newest.set(SNAPSHOT, { ...repository.newest.get(SNAPSHOT), version: parseVersion(8, 'v') } as never);
    await repository.timestamp({ bend: withoutHashes });
    repository.served.set('8.snapshot.json', repository.served.get('7.snapshot.json') ?? new Uint8Array());
    expect(() => run()).toThrowError(refused('mismatch'));
  });

  it('may state versions alone', async () => {
    await repository.snapshot({ bend: withoutHashes });
    await repository.timestamp({ bend: withoutHashes });
    expect(run().before.snapshot.content.meta.size).toBe(2);
  });

  it('without targets is refused', async () => {
    await repository.snapshot({ bend: withoutMember(['meta', 'targets.json']) });
    await repository.timestamp();
    expect(() => run()).toThrowError(refused('malformed'));
  });
});
