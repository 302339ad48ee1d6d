// Whether a history is linearizable: whether there is one order of everything that was done to a repository which explains what everybody
// saw, and in which whatever ended before something else began comes before it. Records number the writes, so that the order of writes is
// given, and a look at every operation in the order of time is enough.
import type { History, Operation, Read, Told, Write } from './history.ts';

/** What is wrong, a sentence each; none when all is well. */
export function faultsOf({ operations, records }: History): readonly string[] {
  const faults: string[] = [];
  const repositories = new Set([...operations.map(({ repository }) => repository), ...records.keys()]);
  for (const repository of repositories) {
    const told = records.get(repository) ?? [];
    const own = operations.filter((operation) => operation.repository === repository);
    for (const fault of [...chainFaults(told), ...writeFaults(own, told), ...readFaults(own, told), ...orderFaults(own, told)])
      faults.push(`${repository}: ${fault}`);
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

/** Time: nobody sees less than what had been seen or acknowledged before they began, and nothing is seen before it was begun. */
function* orderFaults(own: readonly Operation[], told: readonly Told[]): Generator<string> {
  const seqOf = new Map(told.flatMap(({ seq, marks }) => marks.map((mark) => [mark, seq] as const)));
  const placeOf = (operation: Read | Write): number | undefined =>
    operation.kind === 'read' ? operation.seen.seq : seqOf.get(operation.mark);
  const placed = own.flatMap((operation) => {
    const place = placeOf(operation);
    return place === undefined ? [] : [{ operation, place, end: hasEnd(operation) ? operation.end : Number.POSITIVE_INFINITY }];
  });
  const byStart = [...placed].sort((one, other) => one.operation.start - other.operation.start);
  const byEnd = placed.filter(({ end }) => end < Number.POSITIVE_INFINITY).sort((one, other) => one.end - other.end);
  let ended = 0;
  let latest: (typeof placed)[number] | undefined;
  for (const now of byStart) {
    for (let next = byEnd[ended]; next !== undefined && next.end < now.operation.start; next = byEnd[ended]) {
      if (latest === undefined || next.place > latest.place) latest = next;
      ended += 1;
    }
    if (latest === undefined) continue;
    const late = now.operation.kind === 'write' ? now.place <= latest.place : now.place < latest.place;
    if (late)
      yield `${nameOf(now.operation)} is record ${now.place}, but began after ${nameOf(latest.operation)} had ended at record ${latest.place}`;
  }
  yield* earlyFaults(own, told, seqOf);
}

/** Records rise with time: what was seen cannot hold a write that had not begun when the look ended. */
function* earlyFaults(own: readonly Operation[], told: readonly Told[], seqOf: ReadonlyMap<string, number>): Generator<string> {
  const begun = new Map<number, number>();
  for (const write of own) {
    const seq = write.kind === 'write' ? seqOf.get(write.mark) : undefined;
    if (seq !== undefined) begun.set(seq, write.start);
  }
  const latestStart: number[] = [];
  for (const { seq } of told) latestStart[seq] = Math.max(latestStart[seq - 1] ?? 0, begun.get(seq) ?? 0);
  for (const read of own) {
    if (read.kind === 'read' && (latestStart[read.seen.seq] ?? 0) > read.end)
      yield `${read.actor} saw record ${read.seen.seq} before anybody had begun to publish it`;
  }
}

const hasEnd = (operation: Operation): boolean => operation.kind === 'read' || operation.outcome === 'accepted';

const nameOf = (operation: Operation): string =>
  operation.kind === 'read' ? `a read by ${operation.actor}` : `${operation.mark} by ${operation.actor}`;
