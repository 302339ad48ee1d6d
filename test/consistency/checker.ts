// Whether a history is linearizable: whether there is one order of everything that was done to a repository which explains what everybody
// saw, and in which whatever ended before something else began comes before it. Records number the writes, so that the order of writes is
// given, and a look at every operation in the order of time is enough.
import { absenceFaults, beginningsOf, deletionsOf, foundNothing, placeIn } from './absence.ts';
import type { History, Operation, Told } from './history.ts';

/** What is wrong, a sentence each; none when all is well. */
export function faultsOf({ operations, records }: History): readonly string[] {
  const faults: string[] = [];
  const repositories = new Set([...operations.map(({ repository }) => repository), ...records.keys()]);
  for (const repository of repositories) {
    const told = records.get(repository) ?? [];
    const own = operations.filter((operation) => operation.repository === repository);
    const all = [chainFaults(told), writeFaults(own, told), readFaults(own, told), absenceFaults(own, told), orderFaults(own, told)];
    for (const found of all) for (const fault of found) faults.push(`${repository}: ${fault}`);
  }
  return faults;
}

/** Numbers without gaps, each record naming the one before it. */
function* chainFaults(told: readonly Told[]): Generator<string> {
  for (const [index, record] of told.entries()) {
    if (record.seq !== index + 1) yield `record ${index + 1} is numbered ${record.seq}`;
    const before = told[index - 1];
    if (before !== undefined && record.prev !== before.hash) yield `record ${record.seq} does not continue record ${before.seq}`;
    for (const [role, version] of record.versions) {
      const last = lastVersion(told, index, role);
      if (last !== undefined && version < last) yield `record ${record.seq} takes ${role} from v${last} back to v${version}`;
    }
  }
}

function lastVersion(told: readonly Told[], before: number, role: string): number | undefined {
  for (let index = before - 1; index >= 0; index -= 1) {
    const version = told[index]?.versions.get(role);
    if (version !== undefined) return version;
  }
  return undefined;
}

/** What was accepted happened once; what was refused never did. */
function* writeFaults(own: readonly Operation[], told: readonly Told[]): Generator<string> {
  const times = new Map<string, number>();
  for (const { marks } of told) for (const mark of marks) times.set(mark, (times.get(mark) ?? 0) + 1);
  for (const write of own) {
    if (write.kind !== 'write') continue;
    const happened = times.get(write.mark) ?? 0;
    if (write.outcome === 'accepted' && happened === 0) yield `${write.actor} was told that ${write.mark} was published, and it is nowhere`;
    if (write.outcome === 'refused' && happened > 0) yield `${write.actor} was told that ${write.mark} was refused, and it was published`;
    if (happened > 1) yield `${write.mark} was published ${happened} times`;
  }
}

/** Everybody who saw a record saw the same one, and with it the files that stood at that moment and no others. */
function* readFaults(own: readonly Operation[], told: readonly Told[]): Generator<string> {
  const states = statesOf(told);
  for (const read of own) {
    if (read.kind !== 'read') continue;
    const { seq, hash, versions } = read.seen;
    const record = told[seq - 1];
    if (record === undefined) yield `${read.actor} saw record ${seq}, which nobody else knows`;
    else if (record.hash !== hash) yield `${read.actor} saw another record ${seq}: two stories`;
    for (const [role, version] of versions) {
      const stood = states[seq - 1]?.get(role);
      // Roots are fetched first: a newer one may come while the rest is on its way.
      const fits = role === 'root' ? version <= (stood ?? 0) : version === stood;
      if (!fits) yield `${read.actor} saw ${role} v${version} under record ${seq}, where v${stood ?? 0} stood: a mixed set`;
    }
  }
}

function statesOf(told: readonly Told[]): readonly ReadonlyMap<string, number>[] {
  const standing = new Map<string, number>();
  return told.map(({ versions }) => {
    for (const [role, version] of versions) standing.set(role, version);
    return new Map(standing);
  });
}

interface Placed {
  readonly operation: Operation;
  readonly place: number;
}

/** Time: nobody sees less than what had been seen or acknowledged before they began, and nothing is seen before it was begun. */
function* orderFaults(own: readonly Operation[], told: readonly Told[]): Generator<string> {
  const seqOf = new Map(told.flatMap(({ seq, marks }) => marks.map((mark) => [mark, seq] as const)));
  const deletions = deletionsOf(told);
  const placeOf = (operation: Operation, least: number): number | undefined => {
    if (operation.kind === 'read') return operation.seen.seq;
    if (operation.kind === 'write') return seqOf.get(operation.mark);
    return foundNothing(operation) ? placeIn(deletions, least) : undefined;
  };
  const byStart = [...own].sort((one, other) => one.start - other.start);
  const byEnd = byStart.filter(hasEnd).sort((one, other) => one.end - other.end);
  const places = new Map<Operation, number>();
  let ended = 0;
  let latest: Placed | undefined;
  for (const operation of byStart) {
    // Whatever ended before this began also began before it, and has its place.
    for (let next = byEnd[ended]; next !== undefined && next.end < operation.start; next = byEnd[ended]) {
      const place = places.get(next);
      if (place !== undefined && (latest === undefined || place > latest.place)) latest = { operation: next, place };
      ended += 1;
    }
    const place = placeOf(operation, latest?.place ?? 0);
    if (place !== undefined) places.set(operation, place);
    const after = `after ${latest ? `${nameOf(latest.operation)} had ended at record ${latest.place}` : 'nothing'}`;
    if (place === undefined && foundNothing(operation)) yield `${nameOf(operation)} began ${after}, and it stood ever since`;
    if (place === undefined || latest === undefined) continue;
    const late = operation.kind === 'write' ? place <= latest.place : place < latest.place;
    if (late) yield `${nameOf(operation)} is record ${place}, but began ${after}`;
  }
  yield* earlyFaults(own, told, seqOf, places);
}

/** Records rise with time: what was seen cannot hold what had not begun when the look ended. */
function* earlyFaults(
  own: readonly Operation[],
  told: readonly Told[],
  seqOf: ReadonlyMap<string, number>,
  places: ReadonlyMap<Operation, number>,
): Generator<string> {
  const begun = new Map(beginningsOf(own, deletionsOf(told)));
  for (const write of own) {
    const seq = write.kind === 'write' ? seqOf.get(write.mark) : undefined;
    if (seq !== undefined) begun.set(seq, write.start);
  }
  const latestStart: number[] = [];
  for (const { seq } of told) latestStart[seq] = Math.max(latestStart[seq - 1] ?? 0, begun.get(seq) ?? 0);
  for (const [operation, place] of places) {
    if (operation.kind !== 'write' && (latestStart[place] ?? 0) > operation.end)
      yield `${nameOf(operation)} is record ${place}, and ended before anybody had begun to publish it`;
  }
}

const hasEnd = (operation: Operation): boolean => !('outcome' in operation) || operation.outcome === 'accepted';

function nameOf(operation: Operation): string {
  if (operation.kind === 'write') return `${operation.mark} by ${operation.actor}`;
  return operation.kind === 'read' ? `a read by ${operation.actor}` : `an absence found by ${operation.actor}`;
}
