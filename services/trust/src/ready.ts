// Answers kept ready: the bytes and headers of what was read before, found by the raw URL. Most requests to a trust server are for
// one timestamp after the other, and none of them needs a parser, a router or the store.
import type { Gun } from '@countersign/core';
import { type Reply, unchangedHeaders } from './reply.ts';

export interface ReadyAnswer {
  readonly repository: string;
  readonly gun: Gun;
  readonly status: number;
  /** Names and values in turn, as `writeHead` takes them. */
  readonly head: string[];
  /** A small body as text, one character for each byte: Node writes head and text at once, but head and bytes one after the other. */
  readonly body: string | Uint8Array;
  /** About the memory that it takes, in bytes. */
  readonly size: number;
  /** The head of a 304, and the tag that asks for it. */
  readonly unchanged: string[];
  readonly tag: string | undefined;
  /** From this moment on the answer must be made anew. */
  readonly until: number;
  /** Whether anybody has asked for it since it was made. */
  asked: boolean;
}

/** A read that may become an answer kept ready, unless a commit comes between. */
export interface Reading {
  readonly repository: string;
  stale: boolean;
  /** Whether a commit is under way, and not a read. */
  readonly commits: boolean;
}

// What an answer takes beside its body and its address. Measured: two lists of headers, the tag, the places in three maps.
const PER_ANSWER = 1280;
const LARGEST = 512 * 1024;
const LARGEST_TEXT = 32 * 1024;

export class ReadyAnswers {
  readonly #limit: number;
  readonly #answers = new Map<string, ReadyAnswer>();
  readonly #urls = new Map<string, Set<string>>();
  readonly #readings = new Map<string, Set<Reading>>();
  #bytes = 0;

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(url: string): ReadyAnswer | undefined {
    return this.#answers.get(url);
  }

  /** About the memory that all of them take. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#answers.size;
  }

  /** Must be called before the store is read. */
  begin(repository: string): Reading {
    return this.#begin(repository, false);
  }

  /** Must be called before the store is asked to commit: from then on until the end, readers may see the new head or the old one. */
  beginCommit(repository: string): Reading {
    for (const reading of this.#readings.get(repository) ?? []) if (reading.commits) reading.stale = true;
    return this.#begin(repository, true);
  }

  #begin(repository: string, commits: boolean): Reading {
    const reading = { repository, stale: false, commits };
    const readings = this.#readings.get(repository);
    if (readings === undefined) this.#readings.set(repository, new Set([reading]));
    else readings.add(reading);
    return reading;
  }

  end(reading: Reading): void {
    const readings = this.#readings.get(reading.repository);
    readings?.delete(reading);
    if (readings?.size === 0) this.#readings.delete(reading.repository);
  }

  /** What was read before a commit or beside one is not kept: it would answer for what the commit replaced. */
  keep(url: string, reading: Reading, gun: Gun, reply: Reply, until: number, asked: 'asked' | 'unasked' = 'asked'): void {
    const size = reply.body.length + 2 * url.length + PER_ANSWER;
    if (reading.stale || this.#isCommitting(reading.repository) || reply.body.length > LARGEST || size > this.#limit) return;
    this.#remove(url);
    this.#answers.set(url, { ...answerOf(reading.repository, gun, reply, size), until, asked: asked === 'asked' });
    this.#bytes += size;
    const urls = this.#urls.get(reading.repository) ?? new Set();
    this.#urls.set(reading.repository, urls.add(url));
    for (const [oldest] of this.#answers) {
      if (this.#bytes <= this.#limit) break;
      this.#remove(oldest);
    }
  }

  /** Forgets everything of a repository, and what is being read of it. */
  drop(repository: string): void {
    for (const reading of this.#readings.get(repository) ?? []) reading.stale = true;
    for (const url of [...(this.#urls.get(repository) ?? [])]) this.#remove(url);
  }

  /** Forgets everything, and whatever is being read. */
  dropAll(): void {
    for (const repository of new Set([...this.#readings.keys(), ...this.#urls.keys()])) this.drop(repository);
  }

  #isCommitting(repository: string): boolean {
    for (const { commits } of this.#readings.get(repository) ?? []) if (commits) return true;
    return false;
  }

  #remove(url: string): void {
    const answer = this.#answers.get(url);
    if (answer === undefined) return;
    this.#answers.delete(url);
    this.#bytes -= answer.size;
    const urls = this.#urls.get(answer.repository);
    urls?.delete(url);
    if (urls?.size === 0) this.#urls.delete(answer.repository);
  }
}

function answerOf(repository: string, gun: Gun, reply: Reply, size: number): Omit<ReadyAnswer, 'until' | 'asked'> {
  return {
    repository,
    gun,
    status: reply.status,
    head: flat({ ...reply.headers, 'Content-Length': String(reply.body.length) }),
    // One of the two, not both: held twice, small bodies would fill the memory of ten thousand repositories.
    body: reply.body.length <= LARGEST_TEXT ? Buffer.from(reply.body).toString('latin1') : reply.body,
    size,
    unchanged: flat(unchangedHeaders(reply)),
    tag: reply.headers['ETag'],
  };
}

const flat = (headers: Readonly<Record<string, string>>): string[] => Object.entries(headers).flat();
