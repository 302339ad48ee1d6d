// Why an upload to a Notary repository is refused. Its clients print the text they are given, and its protocol says which file it is
// about: whoever answers them finds that in `details.about`.
import { type CountersignError, FormatError, ReviewError, TrustError } from '../../errors.ts';
import type { Review } from '../plan.ts';

/** `hierarchy`: a file is missing that others need; `validation`: the upload as a whole. */
export type About = 'root' | 'targets' | 'snapshot' | 'hierarchy' | 'validation';

/** A refusal in Notary's terms. `missing` names the absent role of a `hierarchy`. */
export const refusal = (about: About, text: string, more: { readonly cause?: unknown; readonly missing?: string } = {}): ReviewError =>
  new ReviewError('refused-upload', text, {
    ...('cause' in more ? { cause: more.cause } : {}),
    details: { about, ...(more.missing === undefined ? {} : { missing: more.missing }) },
  });

/** Runs one step of a judgement: whatever it refuses is a ReviewError that says which file it is about. */
export function* about<Result>(what: About, step: Review<Result>): Review<Result> {
  try {
    return yield* step;
  } catch (error) {
    throw asRefusal(what, error);
  }
}

/** The same for a step that asks for nothing. `text` stands in for the error's own: some clients compare it. */
export function refusing<Result>(what: About, step: () => Result, text?: string): Result {
  try {
    return step();
  } catch (error) {
    throw asRefusal(what, error, text);
  }
}

function asRefusal(what: About, error: unknown, text?: string): unknown {
  const expected = error instanceof FormatError || error instanceof TrustError || error instanceof ReviewError;
  if (!expected) return error;
  if (error instanceof ReviewError && (error.code === 'conflict' || error.details['about'] !== undefined)) return error;
  return withAbout(what, error, text ?? error.message);
}

function withAbout(what: About, error: CountersignError, text: string): ReviewError {
  const code = error instanceof ReviewError ? error.code : 'refused-upload';
  return new ReviewError(code, text, { cause: error, details: { ...error.details, about: what } });
}
