// No signature is verified twice: a client that lives on meets the same timestamp and snapshot again and again, a server the same root.
import { hash } from 'node:crypto';

type Verify = (message: Uint8Array, signature: Uint8Array) => boolean;

// Of one key. The last ones: who signs anew seldom comes back to what was before.
const KEPT = 16;
// Hashing a long message twice would cost more than its signature.
const LONGEST = 65_536;

/** `verify` of one key, which remembers what was valid by the SHA-256 of the message and the whole signature. */
export function remembering(verify: Verify): Verify {
  const valid = new Set<string>();
  return (message, signature) => {
    if (message.length > LONGEST) return verify(message, signature);
    const name = `${hash('sha256', message, 'base64')} ${Buffer.from(signature).toString('base64')}`;
    if (valid.has(name)) return true;
    if (!verify(message, signature)) return false;
    const [oldest] = valid;
    if (valid.size >= KEPT && oldest !== undefined) valid.delete(oldest);
    valid.add(name);
    return true;
  };
}
