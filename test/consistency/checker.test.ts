// The checker itself, on histories that are wrong in one way each: one that finds nothing in them proves nothing elsewhere.
import { expect, it } from 'vitest';
import { faultsOf } from './checker.ts';
import type { Absence, Deletion, History, Operation, Read, Told, Write } from './history.ts';

const told = (seq: number, more: Partial<Told> = {}): Told => ({
  seq,
  hash: `hash ${seq}`,
  prev: seq === 1 ? '' : `hash ${seq - 1}`,
  versions: new Map([
    ['snapshot', seq],
    ['releases', seq],
  ]),
  marks: [`write ${seq}`],
  deletes: false,
  ...more,
});

const read = (actor: string, [start, end]: readonly [number, number], seq: number, more: Partial<Read['seen']> = {}): Read => ({
  kind: 'read',
  repository: 'app',
  actor,
  start,
  end,
  seen: { seq, hash: `hash ${seq}`, versions: new Map([['releases', seq]]), ...more },
});

const write = (actor: string, [start, end]: readonly [number, number], seq: number, outcome: Write['outcome'] = 'accepted'): Write => ({
  kind: 'write',
  repository: 'app',
  actor,
  start,
  end,
  outcome,
  mark: `write ${seq}`,
});

const deletion = (actor: string, [start, end]: readonly [number, number], outcome: Deletion['outcome'] = 'accepted'): Deletion => ({
  kind: 'deletion',
  repository: 'app',
  actor,
  start,
  end,
  outcome,
});

const absence = (actor: string, [start, end]: readonly [number, number]): Absence => ({
  kind: 'absence',
  repository: 'app',
  actor,
  start,
  end,
});

/** Published, deleted, and published once more. */
const GONE = [told(1), told(2, { deletes: true, versions: new Map(), marks: [] }), told(3)];
const BACK = [write('ann', [0, 10], 1), deletion('dan', [11, 20]), write('ann', [30, 40], 3)];

const history = (operations: readonly Operation[], records: readonly Told[] = [told(1), told(2), told(3)]): History => ({
  operations,
  records: new Map([['app', records]]),
});

const WRITES = [write('ann', [0, 10], 1), write('ben', [5, 20], 2), write('ann', [21, 30], 3)];

it('finds nothing wrong with reads and writes that overlap', () => {
  const reads = [read('eve', [1, 4], 1), read('eve', [12, 25], 2), read('fay', [24, 29], 3), read('eve', [31, 32], 3)];
  expect(faultsOf(history([...WRITES, ...reads]))).toEqual([]);
});

it('takes a write whose answer was lost for done and for not done', () => {
  expect(faultsOf(history([...WRITES, write('cat', [3, 9], 4, 'unknown')]))).toEqual([]);
  const done = [told(1), told(2), told(3), told(4)];
  expect(faultsOf(history([...WRITES, write('cat', [3, 9], 4, 'unknown'), read('eve', [40, 50], 4)], done))).toEqual([]);
});

it('finds nothing wrong with a repository that goes and comes back', () => {
  const reads = [
    read('eve', [12, 14], 1),
    absence('eve', [15, 17]),
    absence('fay', [18, 35]),
    read('gil', [31, 33], 3),
    read('eve', [41, 42], 3),
  ];
  expect(faultsOf(history([...BACK, ...reads], GONE))).toEqual([]);
  const again = [...GONE, told(4, { deletes: true, versions: new Map(), marks: [] })];
  const late = [deletion('dan', [50, 60], 'unknown'), absence('eve', [90, 91]), deletion('dan', [95, 96])];
  expect(faultsOf(history([...BACK, ...reads, ...late], again))).toEqual([]);
});

const WRONG: Readonly<Record<string, readonly [History, RegExp]>> = {
  'an acknowledged write that is nowhere': [history([...WRITES, write('cat', [3, 9], 4)]), /write 4 was published, and it is nowhere/],
  'a refused write that was published': [
    history([WRITES[0] as Write, write('ben', [5, 20], 2, 'refused')]),
    /refused, and it was published/,
  ],
  'one write published twice': [history(WRITES, [told(1), told(2), told(3, { marks: ['write 3', 'write 2'] })]), /2 times/],
  'a read of what was there before an acknowledged write': [history([...WRITES, read('eve', [31, 32], 2)]), /record 2, but began after/],
  'a read behind what somebody else had seen': [
    history([...WRITES, read('eve', [22, 23], 3), read('fay', [24, 26], 2)]),
    /by fay is record 2, but began after a read by eve/,
  ],
  'a write ordered before one that had ended': [
    history([write('ann', [0, 10], 2), write('ben', [11, 20], 1)]),
    /write 1 by ben is record 1, but began after write 2/,
  ],
  'a read of what nobody had begun': [history([...WRITES, read('eve', [12, 15], 3)]), /before anybody had begun/],
  'an absence where nothing was deleted': [
    history([...WRITES, absence('eve', [31, 32])]),
    /absence found by eve began .* stood ever since/,
  ],
  'an absence after the repository had come back': [history([...BACK, absence('eve', [41, 42])], GONE), /write 3 .* stood ever since/],
  'an absence before anybody had asked for it': [
    history([BACK[0] as Write, absence('eve', [1, 2]), deletion('dan', [11, 20])], GONE.slice(0, 2)),
    /ended before anybody had begun/,
  ],
  'files after they were deleted': [
    history([...BACK, read('eve', [22, 25], 1)], GONE),
    /record 1, but began after an absence found by dan/,
  ],
  'files under a deletion': [history([...BACK, read('eve', [22, 25], 2, { versions: new Map() })], GONE), /record 2, which deletes them/],
  'a deletion that nobody asked for': [history([...WRITES], GONE), /deleted 1 times, and 0 asked/],
  'files of two moments': [
    history([...WRITES, read('eve', [31, 32], 3, { versions: new Map([['releases', 2]]) })]),
    /releases v2 under record 3, where v3 stood: a mixed set/,
  ],
  'a root from after its record': [
    history([...WRITES, read('eve', [31, 32], 3, { versions: new Map([['root', 2]]) })]),
    /root v2 under record 3/,
  ],
  'two stories of one number': [history([...WRITES, read('eve', [31, 32], 3, { hash: 'other' })]), /two stories/],
  'a record that nobody else knows': [history([...WRITES, read('eve', [31, 32], 9)]), /which nobody else knows/],
  'a number left out': [history([], [told(1), told(3, { prev: 'hash 1' })]), /record 2 is numbered 3/],
  'a chain that is broken': [history([], [told(1), told(2, { prev: 'other' })]), /does not continue/],
  'a version that goes back': [history([], [told(1), told(2, { versions: new Map([['releases', 0]]) })]), /from v1 back to v0/],
};

it.each(Object.entries(WRONG))('finds %s', (_, [wrong, sentence]) => {
  const faults = faultsOf(wrong);
  expect(faults.join('\n')).toMatch(sentence);
});

it('is linear in what happened', () => {
  const many = 20_000;
  const records = Array.from({ length: many }, (_, index) => told(index + 1));
  const operations = records.flatMap(({ seq }) => [
    write('ann', [seq * 2, seq * 2 + 1], seq),
    read('eve', [seq * 2 + 1, seq * 2 + 2], seq),
  ]);
  expect(faultsOf(history(operations, records))).toEqual([]);
});
