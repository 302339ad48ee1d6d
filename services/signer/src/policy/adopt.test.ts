import { nativeCryptography } from '@countersign/crypto-native';
import { freshKeys, Simulator, simulate } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { derivedKeyring, keysOfGenerations } from '../keyring.ts';
import { adopt } from './adopt.ts';
import { NOTHING } from './memory.ts';

it('what is taken over is claimed as a publish would have: its files, its id, and the keys of this service', async () => {
  const { gun, binding } = new Simulator({});
  const repository = { gun, dialect: 'tuf' } as const;
  const keyring = derivedKeyring(new Uint8Array(32).fill(7));
  const roles = ['timestamp', 'snapshot'] as const;
  const own = roles.map((role) => [role, [keyring.signer(repository, role, 1)]] as const);
  const simulator = await simulate({}, new Simulator({ keys: new Map([...freshKeys(), ...own]) }));
  const files = new Map([...simulator.newest].map(([role, { bytes }]) => [role, bytes] as const));
  const keys = keysOfGenerations(keyring, repository, { timestamp: [1, 2], snapshot: [1, 2] });
  const env = { ...simulator.env(), crypto: nativeCryptography() };
  const { claims } = adopt(repository, files, { memory: NOTHING, keys, claimants: () => undefined }, env);
  expect(claims.map(({ kind }) => kind).sort()).toEqual(['delegated', 'repository', 'root', 'server-key', 'server-key', 'targets']);
  expect(claims).toContainEqual({ kind: 'repository', digest: binding.repository });
  for (const [, [signer]] of own) expect(claims).toContainEqual({ kind: 'server-key', digest: signer?.key.fingerprint });
});
