// No signature is verified twice: a client that lives on meets the same timestamp and snapshot again and again, a server the same root.
// And what was checked ahead, on another thread, is not checked again.
import { hash } from 'node:crypto';
import type { VerifyingKey } from '@countersign/core';

type Verify = VerifyingKey['verify'];
type Aside = (message: Uint8Array, signature: Uint8Array) => Promise<boolean>;

// Of one key. The last ones: who signs anew seldom comes back to what was before.
const KEPT = 16;
// Hashing a long message twice would cost more than its signature.
const LONGEST = 65_536;

/**
 * Both ways to verify with one key, the second on another thread. What was valid is remembered by the SHA-256 of the message and the
 * whole signature.
 */
export function remembering(verify: Verify, aside: Aside): Required<Pick<VerifyingKey, 'verify' | 'verifyAhead'>> {
  const valid = new Set<string>();
  const keep = (name: string): void => {
    const [oldest] = valid;
    if (valid.size >= KEPT && oldest !== undefined) valid.delete(oldest);
    valid.add(name);
  };
  return {
    verify(message, signature) {
      if (message.length > LONGEST) return verify(message, signature);
      const name = nameOf(message, signature);
      if (valid.has(name)) return true;
      if (!verify(message, signature)) return false;
      keep(name);
      return true;
    },
    async verifyAhead(message, signature) {
      if (message.length > LONGEST) return;
      const name = nameOf(message, signature);
      if (!valid.has(name) && (await aside(message, signature))) keep(name);
    },
  };
}

const nameOf = (message: Uint8Array, signature: Uint8Array): string =>
  `${hash('sha256', message, 'base64')} ${Buffer.from(signature).toString('base64')}`;
