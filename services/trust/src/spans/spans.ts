// What a server tells OpenTelemetry, as the rest of it knows that: a span around each request, and one around each step that takes time.
// Nothing of OpenTelemetry is named here, so that whoever has not configured it loads nothing and pays nothing.
import type { RequestListener } from 'node:http';

/** What a step was about: words of ours and of no caller, never a name of a repository. */
export type StepFacts = Readonly<Record<'dialect' | 'role', string | undefined>>;

export interface Spans {
  /** Gives each request a span, which ends when its answer is sent or its connection is gone. */
  around(listener: RequestListener): RequestListener;
  /** Runs `work` in a span below that of the request under way. Rejects as `work` does. */
  step<Result>(name: 'judge' | 'sign' | 'commit', facts: Partial<StepFacts>, work: () => Promise<Result>): Promise<Result>;
  /** For lines of the log: the trace that the request under way belongs to. */
  here(): { readonly trace?: string };
  /** Sends what was not sent yet, and gives up after some seconds. Never rejects. */
  close(): Promise<void>;
}

export const NO_SPANS: Spans = {
  around: (listener) => listener,
  step: (_name, _facts, work) => work(),
  here: () => ({}),
  close: async () => undefined,
};
