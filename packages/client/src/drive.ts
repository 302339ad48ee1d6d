// Runs a workflow of core: answers what it needs, keeps what it says, and adds no judgement of its own.
import { FormatError, isNeed, type Keep, type Need, type Workflow } from '@countersign/core';

export interface Surroundings<Result> {
  /** The file's bytes, or undefined for "does not exist" and nothing else; every other failure must be thrown. */
  answer(need: Need): Promise<Uint8Array | undefined>;
  /** Must not resolve before the stage is kept as durably as it has to be: the next step may already build on it. */
  keep(stage: Keep['keep']): Promise<void>;
  /** The result, where reaching this need proves that it is the same as last time; the rest of the workflow is then left out. */
  known?(need: Need): Result | undefined;
}

export async function drive<Result>(workflow: Workflow<Result>, { answer, keep, known }: Surroundings<Result>): Promise<Result> {
  let step = workflow.next(undefined);
  while (step.done !== true) {
    if (isNeed(step.value)) {
      const result = known?.(step.value);
      if (result !== undefined) return result;
      step = read(workflow, step.value, await answer(step.value));
    } else {
      await keep(step.value.keep);
      step = workflow.next(undefined);
    }
  }
  return step.value;
}

/** Which file could not be read is known here alone: a parser sees bytes. */
function read<Result>(workflow: Workflow<Result>, need: Need, bytes: Uint8Array | undefined): ReturnType<Workflow<Result>['next']> {
  try {
    return workflow.next(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { code, message, details } = error;
    throw new FormatError(code, `${need.path.slice(0, 80)}: ${message}`, { cause: error, details: { ...details, path: need.path } });
  }
}
