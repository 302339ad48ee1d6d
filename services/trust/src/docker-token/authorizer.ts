// Whether a request to the Notary routes may go on, and the refusal when it may not, as clients of Docker's registry protocol read
// it: always 401, never 403, with a challenge that says which token to bring.
import { encodeUtf8, type Instant } from '@countersign/core';
import type { Access } from '../access.ts';
import type { Reply } from '../reply.ts';
import type { Problem } from '../rights.ts';
import { rightsOf, type Wanted } from './wanted.ts';

export type Decision = { readonly allowed: true; readonly caller: string } | { readonly allowed: false; readonly reply: Reply };

/** `wanted` is what the route needs, all of it. The reply of a refusal is complete. */
export type Authorizer = (authorization: string | undefined, wanted: readonly Wanted[], now: Instant) => Promise<Decision>;

export function authorizerOf(access: Access): Authorizer {
  return async (authorization, wanted, now) => {
    const caller = access.recall(authorization, now) ?? (await access.identify(authorization, now));
    const rights = wanted.flatMap(rightsOf);
    if (caller !== undefined && rights.every(([action, scope]) => caller.may(action, scope))) return { allowed: true, caller: caller.name };
    const problem = caller === undefined ? problemOf(authorization) : 'not-enough';
    return { allowed: false, reply: unauthorized(wanted, access.challenge(wanted, problem)) };
  };
}

/** Credentials of another kind count as none: a client that sent a password is told where to change it for a token. */
const problemOf = (authorization: string | undefined): Problem =>
  /^bearer +\S/i.test(authorization ?? '') ? 'unknown-credentials' : 'no-credentials';

function unauthorized(wanted: readonly Wanted[], challenge: string): Reply {
  const detail = wanted.flatMap(({ type, name, actions }) =>
    actions.map((action) => ({ Type: type, Class: '', Name: name, Action: action })),
  );
  const text = JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required', detail }] });
  return {
    status: 401,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'WWW-Authenticate': challenge },
    body: encodeUtf8(`${text}\n`),
  };
}
