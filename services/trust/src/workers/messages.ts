// What a worker and the primary process of one machine say to each other.
import type { Mark } from '../high-water-lines.ts';
import type { ProcessNumbers } from '../process-numbers.ts';

export type FromWorker =
  | { readonly kind: 'marks?' }
  | { readonly kind: 'raise'; readonly id: number; readonly repository: string; readonly mark: Mark }
  | { readonly kind: 'rewrite'; readonly id: number }
  | { readonly kind: 'listening'; readonly url: string; readonly metricsUrl?: string | undefined }
  | { readonly kind: 'all-numbers?'; readonly id: number }
  | { readonly kind: 'numbers'; readonly id: number; readonly numbers: ProcessNumbers }
  | { readonly kind: 'failed'; readonly code: string; readonly text: string };

export type ToWorker =
  | { readonly kind: 'marks'; readonly marks: ReadonlyMap<string, Mark> }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'not-done'; readonly id: number; readonly text: string }
  | { readonly kind: 'numbers?'; readonly id: number }
  | { readonly kind: 'all-numbers'; readonly id: number; readonly numbers: readonly ProcessNumbers[] }
  | { readonly kind: 'reload' }
  | { readonly kind: 'stop' };

/** The end of a wire between two processes. */
export interface Wire<Out, In> {
  send(message: Out): void;
  onMessage(listener: (message: In) => void): void;
}
