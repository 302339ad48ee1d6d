// Where drafts wait that need more signatures, in a dialect whose servers keep none: nowhere.
import { PublishError } from './errors.ts';
import type { PendingServer } from './pending-server.ts';

const refused = (): PublishError =>
  new PublishError('not-in-dialect', 'drafts wait for signatures in TUF repositories alone: here, enough keys sign at once');

/** None waits. Throws PublishError(`not-in-dialect`) whenever one should. */
export const NO_PENDING_SERVER: PendingServer = {
  list: async () => [],
  read: async () => undefined,
  offer: async () => {
    throw refused();
  },
  withdraw: async () => {
    throw refused();
  },
};
