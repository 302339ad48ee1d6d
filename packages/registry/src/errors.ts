// How a registry, or the way to its credentials, can fail us. When nobody answered at all, the FetchError of
// @countersign/http is passed on as it is.
import { CountersignError, excerpt, isJsonArray, isJsonObject, type JsonValue, readJson } from '@countersign/core';
import type { HttpReply } from '@countersign/http';

/**
 * `not-found`: no such repository, tag or blob; `auth`: credentials are needed, or these do not suffice; `bad-realm`: the
 * registry sent us for a token to a place that may not see credentials; `bad-credentials`: credentials that are stored
 * here cannot be read, or are refused; `mismatch`: the bytes are not those of the digest that was asked for; `bad-reply`:
 * an answer that means nothing, or more than one thing; `unreachable`: the registry is busy or broken (429, 5xx).
 */
export type RegistryCode = 'not-found' | 'auth' | 'bad-realm' | 'bad-credentials' | 'mismatch' | 'bad-reply' | 'unreachable';

export class RegistryError extends CountersignError<RegistryCode> {
  override readonly name = 'RegistryError';
}

/** Whether `error` is a RegistryError, and of `code` when one is given. */
export function isRegistryError(error: unknown, code?: RegistryCode): error is RegistryError {
  return error instanceof RegistryError && (code === undefined || error.code === code);
}

/** `value` as an object, or `undefined`, for reading what a registry says about an error. */
function firstError({ body }: HttpReply): JsonValue | undefined {
  try {
    const { value } = readJson(body, { maxDepth: 16 });
    const errors = isJsonObject(value) ? value.get('errors') : undefined;
    return isJsonArray(errors) ? errors[0] : undefined;
  } catch {
    return undefined; // an error page: its status says enough
  }
}

/** `, "the registry's own first message"`, or nothing. */
export function quoteError(reply: HttpReply): string {
  const first = firstError(reply);
  const message = isJsonObject(first) ? first.get('message') || first.get('code') : undefined;
  return typeof message === 'string' ? `, ${excerpt(message)}` : '';
}

/** The error for a status that is not the wanted one; `what` names the thing that was asked for. */
export function statusError(what: string, reply: HttpReply): RegistryError {
  const { status, headers } = reply;
  const details = { status };
  const quote = quoteError(reply);
  if (status === 404) return new RegistryError('not-found', `${what}: the registry does not have it${quote}`, { details });
  if (status === 401 || status === 403) return new RegistryError('auth', `${what}: the registry refuses access${quote}`, { details });
  if (status === 429 || status >= 500) {
    const seconds = /^\d{1,6}$/.exec(headers.get('retry-after') ?? '')?.[0];
    const retry = seconds === undefined ? '' : `, try again in ${seconds} s`;
    const state = status === 429 ? 'asks for fewer requests' : 'is in trouble';
    return new RegistryError('unreachable', `${what}: the registry ${state} (${status})${quote}${retry}`, { details });
  }
  return new RegistryError('bad-reply', `${what}: the registry answered with status ${status}${quote}`, { details });
}
