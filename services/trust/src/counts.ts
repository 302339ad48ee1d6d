// What happened since this server started, as plain numbers: whoever counts pays an addition. metrics.ts turns them into what Prometheus
// reads, when it asks. Nothing here is counted by the name of a repository or of a caller, of which there is no end.
import { CountersignError } from '@countersign/core';
import type { Change, DialectName } from '@countersign/store';
import { REQUEST_CLASSES, type RequestClass } from './request-class.ts';

/** Upper ends of the buckets of latencies, in seconds. */
export const BUCKETS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export interface Latency {
  /** One more than there are upper ends: the last is for what took longer. */
  readonly buckets: number[];
  seconds: number;
  count: number;
}

const noLatency = (): Latency => ({ buckets: Array.from({ length: BUCKETS.length + 1 }, () => 0), seconds: 0, count: 0 });

export class Counts {
  /** Answers from what is kept ready, with a body and without (304). They are not timed: measuring would cost as much as answering. */
  readyFull = 0;
  readyUnchanged = 0;
  /** All other requests, by class, and then by the first digit of their status. */
  readonly requests: Map<RequestClass, readonly [number[], Latency]> = new Map(
    REQUEST_CLASSES.map((name) => [name, [[0, 0, 0, 0, 0, 0], noLatency()]]),
  );
  readonly refusals: Map<string, number> = new Map();
  /** Acknowledged, by `DIALECT KIND`. */
  readonly commits: Map<string, number> = new Map();
  readonly signatures: Map<string, Latency> = new Map();
  /** Timestamps that were due and could not be signed anew. */
  failedRefreshes = 0;

  request(name: RequestClass, status: number, seconds: number): void {
    const entry = this.requests.get(name);
    if (entry === undefined) return;
    const [statuses, latency] = entry;
    const digit = Math.floor(status / 100);
    statuses[digit] = (statuses[digit] ?? 0) + 1;
    timed(latency, seconds);
  }

  /** By the code of the error: those of this project are a closed list. */
  refusal(error: unknown): void {
    add(this.refusals, error instanceof CountersignError ? error.code : 'internal');
  }

  commit(dialect: DialectName, change: Change): void {
    const kind = change.record?.record.kind ?? (change.files.length > 0 ? 'timestamp' : 'draft');
    add(this.commits, `${dialect} ${kind}`);
  }

  signature(role: string, seconds: number): void {
    const latency = this.signatures.get(role) ?? noLatency();
    this.signatures.set(role, latency);
    timed(latency, seconds);
  }
}

function timed(latency: Latency, seconds: number): void {
  const at = BUCKETS.findIndex((end) => seconds <= end);
  const bucket = at === -1 ? BUCKETS.length : at;
  latency.buckets[bucket] = (latency.buckets[bucket] ?? 0) + 1;
  latency.seconds += seconds;
  latency.count += 1;
}

const add = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};
