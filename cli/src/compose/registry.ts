// The registry of an image, with the credentials that docker and podman keep on this machine.
import { nativeCryptography } from '@countersign/crypto-native';
import type { HttpClient } from '@countersign/http';
import { createRegistry, findCredentials, noCredentials, PUBLIC_REALMS, type Registry } from '@countersign/registry';
import type { Given } from '../tree/spec.ts';
import type { World } from '../world.ts';
import type { Config } from './config.ts';
import { plainHttpOf } from './network.ts';

const HELPER_TIMEOUT = 60_000;

export function openRegistry(world: World, given: Given, config: Config, http: HttpClient): Registry {
  const { env, home } = world;
  return createRegistry({
    http,
    credentials: home === undefined ? noCredentials : findCredentials({ env, home, helperTimeoutMs: HELPER_TIMEOUT }),
    plainHttp: plainHttpOf(given),
    crypto: nativeCryptography(),
    realms: new Map([...PUBLIC_REALMS, ...config.realms]),
    // Monotonic, and at hand: `performance` would be one more module at every start.
    now: () => process.uptime() * 1000,
  });
}
