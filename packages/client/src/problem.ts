// What a server says about a refusal: problem JSON (RFC 9457) with a stable `code`. It is quoted, and believed in nothing.
import { CountersignError, isJsonObject, readJson } from '@countersign/core';
import type { HttpReply } from '@countersign/http';
import { ServerError } from './errors.ts';

export interface Problem {
  readonly status: number;
  /** The server's own code, or undefined where it gave none that looks like one. */
  readonly code: string | undefined;
  /** Its words, without control characters, at most 500 characters; may be empty. */
  readonly detail: string;
}

// A name of 255 characters and a sentence about it.
const LONGEST = 500;

export function problemOf({ status, body }: HttpReply): Problem {
  const members = membersOf(body);
  const code = members?.get('code');
  const detail = members?.get('detail') ?? members?.get('title');
  return {
    status,
    code: typeof code === 'string' && /^[a-z0-9-]{1,40}$/.test(code) ? code : undefined,
    // Foreign text must not move a terminal's cursor.
    detail: typeof detail === 'string' ? detail.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ').slice(0, LONGEST) : '',
  };
}

function membersOf(body: Uint8Array) {
  try {
    const { value } = readJson(body, { maxDepth: 8 });
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof CountersignError) return undefined;
    throw error;
  }
}

/** An answer that is none: everything but what was asked for, and but 404. */
export function serverError(host: string, reply: HttpReply, wanted = 'a file'): ServerError {
  const problem = problemOf(reply);
  const code = problem.code === undefined ? '' : ` ${problem.code}`;
  const said = problem.detail === '' ? '' : `: ${problem.detail}`;
  if (problem.status === 401 || problem.status === 403) {
    return new ServerError('auth', `${host}: credentials are needed or were refused (${problem.status}${code})${said}`, {
      details: { ...problem },
    });
  }
  return new ServerError('unavailable', `${host}: wanted ${wanted}, got status ${problem.status}${code}${said}`, {
    details: { ...problem },
  });
}
