// Runs a workflow of core with answers from memory, and tells what it asked for and what it kept.
import {
  type Env,
  type Floor,
  isNeed,
  type Keep,
  type Need,
  pinText,
  readFloor,
  type TargetsTrusted,
  type Workflow,
} from '@countersign/core';

export type Answer = (need: Need) => Uint8Array | undefined;

export interface Driven<Result> {
  readonly result: Result;
  readonly needs: readonly Need[];
  readonly keeps: readonly Keep['keep'][];
}

/** Answers from what is served; the cache is empty. */
export const answerFrom =
  (served: ReadonlyMap<string, Uint8Array>): Answer =>
  (need) =>
    need.from === 'server' ? served.get(need.path) : undefined;

/** `keep` hears of each stage at once: what was kept before a refusal stays kept. */
export function drive<Result>(
  workflow: Workflow<Result>,
  answer: Answer,
  keep: (stage: Keep['keep']) => void = () => undefined,
): Driven<Result> {
  const needs: Need[] = [];
  const keeps: Keep['keep'][] = [];
  for (let step = workflow.next(undefined); ; ) {
    if (step.done === true) return { result: step.value, needs, keeps };
    if (isNeed(step.value)) {
      if (step.value.from === 'server') needs.push(step.value);
      step = workflow.next(answer(step.value));
    } else {
      keeps.push(step.value.keep);
      keep(step.value.keep);
      step = workflow.next(undefined);
    }
  }
}

/** The floor that a machine has after this refresh, read back from bytes as the next run would. */
export function floorAfter({ before: { snapshot, before } }: TargetsTrusted, env: Env): Floor {
  const { timestamp, before: root } = before;
  const record = timestamp.content.binding?.record;
  const pins = root.anchor.pins.map(pinText);
  const files = { root: root.root.file, timestamp: timestamp.file, snapshot: snapshot.file, pins };
  return readFloor(record === undefined ? files : { ...files, record }, env);
}
