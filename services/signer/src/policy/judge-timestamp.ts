// May this timestamp be signed? Only one that names the snapshot that stands here, which was either signed here last, or signed by its
// publishers and shown with everything that it lists.
import {
  type Env,
  encodeCanonical,
  equalBytes,
  firstDraft,
  metaOf,
  type Parsed,
  type RecordHead,
  SNAPSHOT,
  TIMESTAMP,
} from '@countersign/core';
import { type AcceptedPlan, acceptedPublish } from './accepted.ts';
import { PolicyError } from './errors.ts';
import { checkDerived, withPlan } from './judge-snapshot.ts';
import type { Memory } from './memory.ts';
import type { Accepted, Asked, Held } from './request.ts';

/** What is remembered once it is signed, but for the timestamp itself. Throws PolicyError. */
export function judgeTimestamp(asked: Asked, file: Parsed<'timestamp'>, held: Held, env: Env): Accepted {
  const { memory, plan } = asked.evidence.upload.size === 0 ? { memory: held.memory, plan: undefined } : publishersOwn(asked, held, env);
  const { snapshotMeta, generations, repository } = memory;
  if (snapshotMeta === undefined) throw new PolicyError('unknown-snapshot', 'no snapshot of this repository was signed or accepted here');
  if (generations.timestamp !== asked.generation)
    throw new PolicyError('wrong-key', `the root gives timestamp to generation ${generations.timestamp}, asked was ${asked.generation}`);
  const { binding, version, expires, snapshot } = file.content;
  if (binding?.repository !== repository)
    throw new PolicyError('wrong-repository', `it belongs to repository ${binding?.repository ?? 'none'}, wanted ${repository ?? 'none'}`);
  const { dialect } = env;
  const wanted = dialect.metaFile(snapshotMeta);
  if (!equalBytes(encodeCanonical(dialect.metaFile(snapshot)), encodeCanonical(wanted)))
    throw new PolicyError('unknown-snapshot', 'it names another snapshot than the one that stands');
  checkRecord(binding?.record, memory);
  const meta = new Map([[dialect.metaName(SNAPSHOT), wanted]]);
  checkDerived(firstDraft('timestamp', TIMESTAMP, { version, expires, binding }, { meta }, env).message, asked.payload);
  const next = { ...memory, record: binding?.record ?? memory.record };
  return plan === undefined ? { file, memory: next } : { file, memory: next, plan };
}

function publishersOwn(asked: Asked, held: Held, env: Env): { readonly memory: Memory; readonly plan: AcceptedPlan } {
  // Nothing is drafted from these lives: the snapshot is there, and the timestamp is judged by itself.
  const rules = { serverKeys: held.keys, lifetimes: { snapshot: 1, timestamp: 1 } };
  const plan = acceptedPublish(asked.repository.gun, held.memory, asked.evidence, rules, held.claimants, env);
  if ('message' in plan.snapshot) throw new PolicyError('unknown-snapshot', 'the snapshot of this publish is to be signed here first');
  const { name, version, digest } = plan.snapshot;
  const memory = withPlan(held.memory, plan, env);
  const files = new Map([...memory.files, [name, { version, digest }] as const]);
  return { memory: { ...memory, files, snapshotMeta: metaOf(plan.snapshot) }, plan };
}

// Every snapshot has a record, and a deletion one more, which only another snapshot ends.
const RECORDS = 2;

/**
 * One place in the record has one content for ever: clients that see two call it two stories. It goes on in small steps, because a stolen
 * server that leaps to the end of the numbers would leave no place to anybody who publishes.
 */
function checkRecord(record: RecordHead | undefined, { record: last, files }: Memory): void {
  if (record === undefined && last === undefined) return;
  if (record === undefined || record.seq < (last?.seq ?? 0))
    throw new PolicyError('rollback', `it names record ${record?.seq ?? 'none'}, ${last?.seq} was named before`);
  if (record.seq === last?.seq && record.hash !== last.hash)
    throw new PolicyError('equivocation', `it names another record ${record.seq} than the one that was named before`);
  const highest = last === undefined ? RECORDS * (files.get(SNAPSHOT)?.version ?? 0) : last.seq + RECORDS;
  if (record.seq > highest) throw new PolicyError('wrong-version', `it names record ${record.seq}: wanted at most ${highest}`);
}
