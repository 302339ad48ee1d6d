// For tests: one process of many on the same folders. Takes its orders as JSON in the first argument and prints one line for every
// refresh or publish that was completed.
import { createPrivateKey, randomBytes } from 'node:crypto';
import { type Instant, imageEntry, parseDigest, parseGun, parseInstant, parsePin, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { createHttp } from '@countersign/http';
import { signerFromPrivateKey } from '@countersign/signers';
import { createClient } from '../src/index.ts';

export interface Orders {
  readonly server: string;
  readonly gun: string;
  readonly pin: string;
  readonly state: string;
  readonly cache: string;
  readonly now: number;
  /** Refreshes this often, each time as a new run of a program would. */
  readonly refreshes: number;
  /** Publishes these tags, one by one, with this key in PEM. */
  readonly tags: readonly string[];
  readonly key?: string;
}

const orders: Orders = JSON.parse(process.argv[2] ?? '');
const gun = parseGun(orders.gun);
const { pin, minimum } = parsePin(orders.pin);
const http = createHttp({
  plainHttp: 'loopback-only',
  timeouts: { connectMs: 20_000, idleMs: 20_000, totalMs: 60_000 },
  userAgent: 'test',
});
const client = () =>
  createClient({
    server: new URL(orders.server),
    authorization: undefined,
    http,
    crypto: nativeCryptography(),
    limits: STANDARD_LIMITS,
    folders: { state: orders.state, cache: orders.cache, owner: process.geteuid?.() },
    now: () => orders.now as Instant,
    builtAt: parseInstant('2026-01-01T00:00:00Z', 'built'),
    random: (length) => new Uint8Array(randomBytes(length)),
    lifetimes: { root: 63_072_000_000, targets: 31_536_000_000 },
    anchor: async () => ({ gun, pins: [pin], minimum, otherwise: 'refuse', binding: 'required' }),
  });

for (let done = 0; done < orders.refreshes; done += 1) {
  const { roles } = await client().refresh(gun);
  console.log(roles.timestamp.version);
}
for (const tag of orders.tags) {
  const signer = signerFromPrivateKey(createPrivateKey(orders.key ?? ''));
  const digest = parseDigest(`sha256:${'5'.repeat(64)}`);
  const entries = new Map([[tag, imageEntry({ digest, length: 5, mediaType: 'application/vnd.oci.image.index.v1+json' })]]);
  await client().publish(gun, { kind: 'entries', entries }, [signer]);
  console.log(tag);
}
http.close();
