// What a workflow asks of the world, and what it tells the world to keep. The workflow is a generator and reads nothing itself:
// the client, the server's review and the tests drive the same code with different answers.
import type { Hashes } from '../model/metadata.ts';
import type { RoleName, Version } from '../names/brand.ts';
import type { DelegatedTrusted, RootReached, SnapshotTrusted, TargetsTrusted, TimestampTrusted } from '../trust/stages.ts';

/**
 * One file. The driver answers with its bytes, or with `undefined` for "does not exist" and nothing else: every other failure
 * it throws. It must stop reading at `maxLength`.
 */
export interface Need {
  readonly need: 'root' | 'timestamp' | 'snapshot' | 'targets' | 'delegated';
  readonly role: RoleName;
  /** For a hash bin, the role that it is a piece of. */
  readonly binOf?: RoleName;
  /** Undefined for the timestamp, which has no version until it is seen. */
  readonly version: Version | undefined;
  /** Below the metadata base URL. */
  readonly path: string;
  readonly maxLength: number;
  readonly hashes: Hashes | undefined;
  /**
   * `cache`: only bytes kept earlier may answer, `undefined` if there are none; whatever is wrong with them leads to a second
   * need from the server. `server`: only the server may answer.
   */
  readonly from: 'cache' | 'server';
}

/** A stage to remember. Roots come before their expiry check, so that a chain can be resumed; all others after theirs. */
export interface Keep {
  readonly keep: RootReached | TimestampTrusted | SnapshotTrusted | TargetsTrusted | DelegatedTrusted;
}

export type Workflow<Result> = Generator<Need | Keep, Result, Uint8Array | undefined>;

export const isNeed = (step: Need | Keep): step is Need => 'need' in step;
