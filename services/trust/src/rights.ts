// What may be done with what: the words in which credentials are compared with requests, whoever vouches for them.
import type { Gun } from '@countersign/core';

/** `pull` reads, `push` publishes and asks for keys, `admin` deletes and starts deleted names over. None includes another. */
export type Action = 'pull' | 'push' | 'admin';

/** What is asked for: one repository, the whole server, or nothing but being known. No name of a repository has a star in it. */
export type Scope = Gun | '*everything' | '*nothing';

/** Why credentials did not do. */
export type Problem = 'no-credentials' | 'unknown-credentials' | 'not-enough';
