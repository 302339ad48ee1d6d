import { type Anchor, checkClock, type Floor, type Instant, pinOf, ROOT, readFloor, refresh, SNAPSHOT, TIMESTAMP } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { answerFrom, drive, flippedBit, floorAfter, type Simulator, simulate, strippedSignatures, versioned } from '@countersign/testkit';
import { beforeEach, describe, expect, it } from 'vitest';

const refused = (code: string) => expect.objectContaining({ code });

describe('what was verified last', () => {
  let repository: Simulator;
  let floor: Floor;
  beforeEach(async () => {
    repository = await simulate();
    await repository.next('root', ROOT, {});
    floor = floorAfter(run(), repository.env());
  });
  const run = (seen?: Floor, overrides: Partial<Anchor> = {}, source: Simulator = repository) =>
    drive(refresh(repository.anchor(overrides), seen, repository.env()), answerFrom(source.served)).result;
  const files = () => ({ root: floor.root.file, timestamp: fileOf(TIMESTAMP), snapshot: fileOf(SNAPSHOT), pins: floor.pins });
  const fileOf = (name: typeof TIMESTAMP): Uint8Array => repository.newest.get(name)?.bytes ?? new Uint8Array();

  it('spares the walk from the pin', () => {
    const asked = drive(refresh(repository.anchor(), floor, repository.env()), answerFrom(repository.served)).needs.map(({ path }) => path);
    expect(asked[0]).toBe('3.root.json');
  });

  it('is walked to again when the pins are others', () => {
    const seen = { ...floor, pins: [] };
    const asked = drive(refresh(repository.anchor(), seen, repository.env()), answerFrom(repository.served)).needs.map(({ path }) => path);
    expect(asked.slice(0, 3)).toEqual(['1.root.json', '2.root.json', '3.root.json']);
  });

  it('refuses a pin that leads to another line', async () => {
    const fork = repository.fork();
    await fork.next('root', ROOT, { 'x-note': 'another line' }, { bend: versioned(2) });
    const pin = pinOf(fork.parsed('root', ROOT, fork.served.get('2.root.json')), fork.env().crypto);
    expect(() => run(floor, { pins: [pin] }, fork)).toThrowError(refused('untrusted-root'));
  });

  it('refuses a walk that ends before it', () => {
    const seen = { ...floor, pins: [] };
    repository.served.delete('2.root.json');
    expect(() => run(seen)).toThrowError(refused('rollback'));
  });

  it('is never empty because it is damaged', () => {
    const { root, timestamp, snapshot } = files();
    const env = repository.env();
    for (const damaged of [new Uint8Array(), root.subarray(0, 100), timestamp, flippedBit(root), strippedSignatures(root)]) {
      expect(() => readFloor({ ...files(), root: damaged }, env)).toThrowError();
    }
    for (const damaged of [new Uint8Array(), timestamp.subarray(0, 100), snapshot, root]) {
      expect(() => readFloor({ ...files(), timestamp: damaged }, env)).toThrowError(refused('malformed'));
    }
    for (const damaged of [new Uint8Array(), snapshot.subarray(0, 100), timestamp, root]) {
      expect(() => readFloor({ ...files(), snapshot: damaged }, env)).toThrowError(refused('malformed'));
    }
  });

  // A bit of a digit in a version still reads as a file: it may raise the bar, and must not lower it unseen.
  it('makes no rollback possible by a changed byte in the timestamp', async () => {
    await repository.advance();
    const newest = floorAfter(run(), repository.env());
    const old = repository.fork();
    await repository.advance();
    const later = floorAfter(run(newest), repository.env());
    const file = later.timestamp?.file ?? new Uint8Array();
    let readable = 0;
    for (let at = 0; at < file.length; at += 1) {
      const seen = attempt(() =>
        readFloor({ ...files(), timestamp: flippedBit(file, at), snapshot: later.snapshot?.file ?? new Uint8Array() }, repository.env()),
      );
      if (seen === undefined) continue;
      readable += 1;
      expect(() => run(seen, {}, old)).toThrowError(refused('rollback'));
    }
    expect(readable).toBeGreaterThan(100);
  });

  it('of timestamp and snapshot ends with those keys also where a later root is pinned', async () => {
    await repository.timestamp({ bend: versioned(1000) });
    floor = floorAfter(run(), repository.env());
    await repository.rotate(new Map([['timestamp', [generateSigner('ed25519')]]]));
    await repository.timestamp({ bend: versioned(2) });
    const pins = [pinOf(repository.current('root', ROOT), repository.env().crypto)];
    expect(run(floor, { pins }).before.before.timestamp.content.version).toBe(2);
  });

  it('is not forgotten for a rotation that it has seen itself', async () => {
    await repository.rotate(new Map([['timestamp', [generateSigner('ed25519')]]]));
    await repository.timestamp();
    const old = repository.fork();
    await repository.timestamp();
    // Other pins: the walk passes the rotation again.
    const seen = { ...floorAfter(run(floor), repository.env()), pins: [] };
    expect(() => run(seen, {}, old)).toThrowError(refused('rollback'));
  });

  it('refuses a later root of another repository, although it is pinned', async () => {
    const other = await simulate({ repository: 'ee'.repeat(16) });
    for (let version = 2; version <= 4; version += 1) await other.next('root', ROOT, {});
    const pins = [pinOf(other.current('root', ROOT), other.env().crypto)];
    expect(run(undefined, { pins }, other).targets.content.version).toBe(1);
    expect(() => run(floor, { pins }, other)).toThrowError(refused('wrong-repository'));
  });

  it('of timestamp and snapshot ends with the keys that vouched for it', async () => {
    await repository.timestamp({ bend: versioned(1000) });
    floor = floorAfter(run(), repository.env());
    await repository.rotate(new Map([['timestamp', [generateSigner('ed25519')]]]));
    await repository.timestamp({ bend: versioned(2) });
    expect(run(floor).before.before.timestamp.content.version).toBe(2);
  });
});

function attempt<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

describe('the clock', () => {
  const at = (minutes: number): Instant => (Date.UTC(2026, 10, 21) + minutes * 60_000) as Instant;

  it('may be five minutes behind what it showed before, and no more', () => {
    expect(() => checkClock(at(0), at(5))).not.toThrow();
    expect(() => checkClock((at(0) - 1) as Instant, at(5))).toThrowError(refused('clock'));
    expect(() => checkClock(at(9), at(5))).not.toThrow();
  });

  it('is refused when it shows no time at all', () => {
    expect(() => checkClock(Number.NaN as Instant, at(5))).toThrowError();
    expect(() => checkClock(at(5), Number.NaN as Instant)).toThrowError();
  });
});
