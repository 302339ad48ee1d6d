// The keys of this process: they sign whatever this server decided, and nothing that they signed can be lost, because they sign it again.
import type { ServerRole } from '@countersign/store';
import type { ServerKeyring } from '../server-keys.ts';
import { currentGeneration, type SigningKeys } from './signing-keys.ts';

export function ownKeys(keyring: ServerKeyring): SigningKeys {
  return {
    async keysOf(repository, head) {
      const both = (role: ServerRole) =>
        [0, 1].map((step) => {
          const generation = currentGeneration(head, role) + step;
          return { generation, key: keyring.signer(repository, role, generation).key };
        });
      return { snapshot: both('snapshot'), timestamp: both('timestamp') };
    },
    sign: (repository, { generation }, draft, _basis, thread) =>
      keyring.signer(repository, draft.kind, generation).sign(draft.message, thread),
    lost: async () => undefined,
    answers: async () => true,
    reload: async () => undefined,
    close: () => undefined,
  };
}
