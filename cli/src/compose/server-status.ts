// What a trust server's refusal means where this program asks it directly.
import { ServerError } from '@countersign/client';

/** The error for a status that is not the wanted one. */
export function statusError(server: URL, what: string, status: number): ServerError {
  const details = { status };
  if (status === 401 || status === 403) {
    return new ServerError('auth', `${server.host}: credentials are needed or were refused (${status})`, { details });
  }
  return new ServerError('unavailable', `${server.host}: wanted ${what}, got status ${status}`, { details });
}
