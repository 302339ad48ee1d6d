// For tests: a real trust server in this process, over a store in memory, with a clock of its own.
import { join } from 'node:path';
import { type Anchor, type Gun, type Instant, type KeySet, parseGun, type RootPin, type Signer } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { memoryStore } from '@countersign/store';
import { parseServerConfig, startTrustServer, type TrustServer } from '@countersign/trust-server';
import type { InitChange } from '../src/index.ts';
import { temporaryFolder } from './machine.ts';

export const GUN: Gun = parseGun('registry.example.com/team/app');
export const NOON: number = Date.UTC(2026, 10, 21, 12);

export interface Home {
  readonly url: URL;
  readonly clock: { now: Instant };
  close(): Promise<void>;
}

export async function home(settings: Readonly<Record<string, unknown>> = {}): Promise<Home> {
  const clock = { now: NOON as Instant };
  const server: TrustServer = await startTrustServer({
    config: parseServerConfig({ listen: '127.0.0.1:0', data: join(await temporaryFolder(), 'data'), ...settings }),
    store: memoryStore(),
    now: () => clock.now,
    log: 'silent',
    onFatal: (error) => {
      throw error;
    },
  });
  return { url: new URL(server.url), clock, close: () => server.close() };
}

export interface Keys {
  readonly root: Signer;
  readonly targets: Signer;
  readonly releases: Signer;
  readonly all: readonly Signer[];
}

export function freshKeys(): Keys {
  const [root, targets, releases] = [generateSigner('ed25519'), generateSigner('ecdsa-p256'), generateSigner('ed25519')];
  return { root, targets, releases, all: [root, targets, releases] };
}

export const keySet = (threshold: number, ...signers: readonly Signer[]): KeySet => ({ keys: signers.map(({ key }) => key), threshold });

export const initWith = ({ root, targets, releases }: Keys): InitChange => ({
  kind: 'init',
  root: keySet(1, root),
  targets: keySet(1, targets),
  releases: keySet(1, releases),
});

export const pinnedTo = (pin: RootPin, gun: Gun = GUN): Anchor => ({
  gun,
  pins: [pin],
  minimum: {},
  otherwise: 'refuse',
  binding: 'required',
});
