// For tests: a client of core's own, driven over HTTP: what the server serves must be trusted by it.
import { type Anchor, type Env, isNeed, refresh, type TargetsTrusted, type Workflow } from '@countersign/core';
import { ask } from './ask.ts';
import type { Publisher } from './publisher.ts';

/** Refreshes from the first root on, taking it as it comes. */
export async function refreshed(publisher: Publisher): Promise<TargetsTrusted> {
  const anchor: Anchor = { gun: publisher.gun, pins: [], minimum: {}, otherwise: 'unsafe-first-use', binding: 'required' };
  // `now` is fixed for a whole refresh.
  const env: Env = { ...publisher.env };
  return await driven(refresh(anchor, undefined, env), publisher.base);
}

async function driven<Result>(workflow: Workflow<Result>, base: string): Promise<Result> {
  let step = workflow.next();
  while (!step.done) step = workflow.next(isNeed(step.value) ? await answer(step.value.path, step.value.from, base) : undefined);
  return step.value;
}

async function answer(path: string, from: 'cache' | 'server', base: string): Promise<Uint8Array | undefined> {
  if (from === 'cache') return undefined;
  const { status, body, problem } = await ask(`${base}${path}`);
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`${path}: ${status} ${problem.code}`);
  return body;
}
