// May this snapshot be signed? Only where it is the very one that follows from what stands and what publishers uploaded: it is made once
// more from them, and compared byte by byte. So there is no member, no role and no version in it that nobody looked at.
import { digestOf, draftSnapshot, type Env, equalBytes, type Parsed, ROOT, SNAPSHOT, TIMESTAMP, usableKeys } from '@countersign/core';
import { type AcceptedPlan, acceptedPublish } from './accepted.ts';
import { lastVersion } from './bounds.ts';
import { PolicyError } from './errors.ts';
import { standingFile } from './evidence.ts';
import type { Memory } from './memory.ts';
import type { Accepted, Asked, Held } from './request.ts';

/** What is remembered once it is signed, but for the snapshot itself. Throws PolicyError. */
export function judgeSnapshot(asked: Asked, file: Parsed<'snapshot'>, held: Held, env: Env): Accepted {
  return asked.evidence.upload.size === 0 ? { file, memory: renewed(asked, file, held, env) } : published(asked, file, held, env);
}

/** The same again with a later end. */
function renewed(asked: Asked, snapshot: Parsed<'snapshot'>, { memory, keys }: Held, env: Env): Memory {
  const previous = env.dialect.parse('snapshot', SNAPSHOT, standingFile(memory, SNAPSHOT, asked.evidence, env), env);
  const root = env.dialect.parse('root', ROOT, standingFile(memory, ROOT, asked.evidence, env), env);
  const named = root.content.roles.get('snapshot');
  const key = keys.snapshot.find(({ generation }) => generation === asked.generation);
  if (named === undefined || key === undefined || !usableKeys(named, root.content.keys, env).has(key.fingerprint))
    throw new PolicyError('wrong-key', `the root in force does not give snapshot to generation ${asked.generation}`);
  const again = draftSnapshot({ file: previous, version: lastVersion('snapshot', memory) }, new Map(), root, snapshot.content.expires, env);
  checkDerived(again.message, asked.payload);
  return memory;
}

function published(asked: Asked, file: Parsed<'snapshot'>, held: Held, env: Env): Accepted {
  const { memory, keys, claimants } = held;
  // The life that was asked for, which has been held to its bounds: everything else has to follow.
  const life = file.content.expires - env.now;
  // Clients of Notary begin again at 1, and everybody else above what was signed, whether it was ever stored or not.
  const snapshotAfter = memory.released && env.dialect.name === 'notary' ? undefined : lastVersion('snapshot', memory);
  const rules = { serverKeys: keys, lifetimes: { snapshot: life, timestamp: life }, snapshotAfter };
  const plan = acceptedPublish(asked.repository.gun, memory, asked.evidence, rules, claimants, env);
  if (!('message' in plan.snapshot)) throw new PolicyError('wrong-key', 'the publisher signed a snapshot: there is none to sign here');
  if (plan.generations.snapshot !== asked.generation)
    throw new PolicyError('wrong-key', `the root gives snapshot to generation ${plan.generations.snapshot}, asked was ${asked.generation}`);
  checkDerived(plan.snapshot.message, asked.payload);
  return { file, memory: withPlan(memory, plan, env), plan };
}

/** The memory of a repository after a publish; its snapshot is added by whoever knows its signature. */
export function withPlan(memory: Memory, plan: AcceptedPlan, env: Env): Memory {
  // A name that begins anew has nothing of what stood, in its store as well. Its timestamps go on: their key is the same.
  const files = new Map([...memory.files].filter(([role]) => !memory.released || role === TIMESTAMP));
  for (const role of plan.retired) files.delete(role);
  for (const { name, version, bytes } of plan.files) files.set(name, { version, digest: digestOf(env.crypto, bytes) });
  // A store that begins anew counts its records from what it has.
  const record = memory.released ? undefined : memory.record;
  return { ...memory, files, record, repository: plan.root.content.binding?.repository, generations: plan.generations, released: false };
}

export function checkDerived(wanted: Uint8Array, payload: Uint8Array): void {
  if (!equalBytes(wanted, payload))
    throw new PolicyError('not-derived', 'what is to be signed is not what follows from the files that were accepted');
}
