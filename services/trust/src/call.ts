// What a handler is told of a request: plain data, and the upload when it asks for it.
import type { Gun } from '@countersign/core';
import type { Caller } from './access.ts';
import type { Reply } from './reply.ts';
import type { World } from './world.ts';

export interface Call {
  readonly caller: Caller;
  readonly query: URLSearchParams;
  /** The parts of a multipart body by file name. May be asked for once. */
  upload(): Promise<ReadonlyMap<string, Uint8Array>>;
  /** The body as it is, at most so many bytes. May be asked for once, and instead of `upload`. Throws RequestError. */
  body(most: number): Promise<Uint8Array>;
}

export interface RepositoryCall extends Call {
  readonly gun: Gun;
  /** What the path names below the repository, where it names something: the role of a key. */
  readonly part: string;
}

export type Handler = (call: Call, world: World) => Promise<Reply>;
export type RepositoryHandler = (call: RepositoryCall, world: World) => Promise<Reply>;
