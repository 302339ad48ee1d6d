// What a trust server's refusal means where this program asks it directly.
import { type ServerError, serverError } from '@countersign/client';
import type { HttpReply } from '@countersign/http';

/** The error for a status that is not the wanted one, with the server's own code and words. */
export const statusError = (server: URL, wanted: string, reply: HttpReply): ServerError => serverError(server.host, reply, wanted);
