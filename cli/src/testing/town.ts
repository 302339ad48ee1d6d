// A trust server, a registry and a publisher's machine, all real and on loopback: what most commands need around them.
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { pushSampleImage, startRegistry, type TestRegistry } from '@countersign/testkit';
import { parseServerConfig, startTrustServer, type TrustServer } from '@countersign/trust-server';
import { type Machine, machine } from './machine.ts';

export interface Town {
  readonly registry: TestRegistry;
  readonly server: TrustServer;
  /** Knows the server; has the keys once it has run `init`. */
  readonly publisher: Machine;
  /** The repository `team/app` of the registry. */
  readonly gun: string;
  /** The images in it, by tag. */
  readonly digests: Readonly<Record<'v1' | 'v2', string>>;
  /** Another machine that knows the server and nothing else. */
  consumer(): Promise<Machine>;
  close(): Promise<void>;
}

export async function town(options: { readonly now?: () => Instant } = {}): Promise<Town> {
  const publisher = await machine();
  const now = options.now ?? (() => Date.now() as Instant);
  const config = parseServerConfig({ listen: '127.0.0.1:0', data: join(publisher.folder, 'server') });
  const server = await startTrustServer({
    config,
    now,
    log: 'silent',
    onFatal(error) {
      throw error;
    },
  });
  const registry = await startRegistry();
  const others: Machine[] = [];
  const settle = (one: Machine): Machine => {
    one.env = { ...one.env, COUNTERSIGN_SERVER: server.url };
    one.now = now;
    return one;
  };
  settle(publisher);
  return {
    registry,
    server,
    publisher,
    gun: `${registry.host}/team/app`,
    digests: {
      v1: pushSampleImage(registry, 'team/app', 'v1', { seed: 'one' }),
      v2: pushSampleImage(registry, 'team/app', 'v2', { seed: 'two' }),
    },
    async consumer() {
      const one = settle(await machine());
      others.push(one);
      return one;
    },
    async close() {
      await registry.close();
      await server.close();
      for (const one of [publisher, ...others]) await one.remove();
    },
  };
}
