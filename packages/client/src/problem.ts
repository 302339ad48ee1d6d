// What a server says about a refusal: problem JSON (RFC 9457) with a stable `code`, or one error in the envelope of Notary v1. It is
// quoted, and believed in nothing.
import { CountersignError, isJsonArray, isJsonObject, type JsonObject, type JsonValue, readJson } from '@countersign/core';
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
  const enveloped = members && envelopedIn(members);
  const code = enveloped === undefined ? members?.get('code') : codeOf(enveloped, status);
  const detail = enveloped === undefined ? (members?.get('detail') ?? members?.get('title')) : reasonIn(enveloped);
  return {
    status,
    code: typeof code === 'string' && /^[a-z0-9-]{1,40}$/.test(code) ? code : undefined,
    // Foreign text must not move a terminal's cursor.
    detail: typeof detail === 'string' ? detail.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ').slice(0, LONGEST) : '',
  };
}

/** `{"errors":[{"code","message","detail"?}]}`, with one error. */
function envelopedIn(members: JsonObject): JsonObject | undefined {
  const errors = members.get('errors');
  const [only] = isJsonArray(errors) ? errors : [];
  return isJsonObject(only) ? only : undefined;
}

/** Spelled as codes of ours. A server that asks for another moment has no code of its own for that. */
function codeOf(error: JsonObject, status: number): string | undefined {
  const code = error.get('code');
  if (status === 503 || code === 'UPDATING') return 'busy';
  return typeof code === 'string' ? code.toLowerCase().replaceAll('_', '-') : undefined;
}

/** Of a refused upload the serialised reason, which says what is wrong with it; else the message. */
function reasonIn(error: JsonObject): JsonValue | undefined {
  const detail = error.get('detail');
  const reason = isJsonObject(detail) ? detail.get('Error') : undefined;
  const text = isJsonObject(reason) ? reason.get('Msg') : undefined;
  return typeof text === 'string' ? text : error.get('message');
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
