// Many repositories that share a key, on a real server, and the real program that changes them: killed, started again, looked at.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPinStore, type TrustClient } from '@countersign/client';
import { type Fingerprint, type Gun, imageEntry, type KeySet, parseDigest, parseGun, type RootPin, type Signer } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { generateSigner, keyFolder, type LocalSigner } from '@countersign/signers';
import { expect } from 'vitest';
import { type Machine, machine, PROGRAM, type RunningServer, serve, temporaryFolder } from '../lab/countersign.ts';
import { library, loopbackHttp } from '../lab/library.ts';

export const BELOW = 'registry.example.com/fleet';
const PASSPHRASE = 'correct horse battery staple';
export const DIGEST = parseDigest(`sha256:${'f1'.repeat(32)}`);

export interface Member {
  readonly gun: Gun;
  readonly pin: RootPin;
  /** Whether the key that goes is the targets key too, so that the root names it. */
  readonly inRoot: boolean;
}

export interface FleetLab {
  readonly me: Machine;
  readonly server: RunningServer;
  readonly folder: string;
  readonly members: readonly Member[];
  readonly keys: Readonly<Record<'root' | 'targets' | 'first' | 'second' | 'third', LocalSigner>>;
  /** A client of somebody who has the pin of the first root and nothing else; a name gives one memory. */
  consumer(name: string, member: Member): TrustClient;
  close(): Promise<void>;
}

/** Several at a time, as nobody would wait otherwise. */
export async function each<Item>(items: readonly Item[], act: (item: Item, index: number) => Promise<void>): Promise<void> {
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) await act(item, index);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** Who signs what is released in a repository, and who has signed `v1`. */
export interface Releasing {
  readonly releases: KeySet;
  readonly signers: readonly Signer[];
}

const alone = ({ first }: FleetLab['keys']): Releasing => ({ releases: { keys: [first.key], threshold: 1 }, signers: [first] });

/** `first` signs alone, and is the targets key of every other repository, unless `releasing` says who signs: then it is in no root. */
export async function openFleetLab(count: number, releasing?: (keys: FleetLab['keys'], index: number) => Releasing): Promise<FleetLab> {
  const folder = await temporaryFolder();
  const server = await serve(join(folder.path, 'data'), ['--log', 'silent']);
  const me = machine(folder.path, server.url);
  const trust = join(folder.path, 'trust');
  const random = (length: number): Uint8Array => randomBytes(length);
  const signer = async (label: string): Promise<LocalSigner> => {
    const made = generateSigner('ed25519');
    await keyFolder(join(trust, 'keys')).add(made, PASSPHRASE, { create: 'refuse', label });
    return made;
  };
  const keys = {
    root: await signer('root'),
    targets: await signer('targets'),
    first: await signer('first'),
    second: await signer('second'),
    third: await signer('third'),
  };
  const http = loopbackHttp();
  const owner = library({ server: server.url, folder: join(folder.path, 'owner'), pin: undefined, http });
  const pins = openPinStore({ folder: join(trust, 'pins'), crypto: nativeCryptography(), random });
  const members: Member[] = [];
  const one = (key: Signer) => ({ keys: [key.key], threshold: 1 });
  await each(Array.from({ length: count }), async (_, index) => {
    const gun = parseGun(`${BELOW}/app-${String(index).padStart(3, '0')}`);
    const inRoot = releasing === undefined && index % 2 === 1;
    const { releases, signers } = (releasing ?? alone)(keys, index);
    const init = {
      kind: 'init',
      root: one(keys.root),
      targets: one(inRoot ? keys.first : keys.targets),
      releases,
    } as const;
    const { pin } = await owner.publish(gun, init, Object.values(keys));
    const entries = new Map([['v1', imageEntry({ digest: DIGEST, length: 7, mediaType: 'application/vnd.oci.image.manifest.v1+json' })]]);
    await owner.publish(gun, { kind: 'entries', entries }, signers);
    await pins.write(gun, { pin, minimum: {} });
    members.push({ gun, pin, inRoot });
  });
  return {
    me,
    server,
    folder: folder.path,
    members: members.sort((left, right) => (left.gun < right.gun ? -1 : 1)),
    keys,
    consumer: (name, { pin }) => library({ server: server.url, folder: join(folder.path, 'consumers', name), pin, http }),
    async close() {
      owner.close();
      http.close();
      await server.kill('SIGTERM');
      await folder.remove();
    },
  };
}

export const rotation = (from: string, to: string, count: number): readonly string[] => [
  'fleet',
  'rotate',
  '--key',
  from,
  '--to',
  to,
  '--include-root',
  '--below',
  BELOW,
  '--yes-count',
  String(count),
];

/** Lines of all journals that say `done`. */
export function doneSoFar({ folder }: FleetLab): number {
  const journals = join(folder, 'trust/state/fleet');
  if (!existsSync(journals)) return 0;
  const texts = readdirSync(journals)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => readFileSync(join(journals, name), 'utf8'));
  return texts.reduce((sum, text) => sum + text.split('"at":"done"').length - 1, 0);
}

/** Runs the program and kills it when `point` repositories are done; answers whether it was still there to be killed. */
export async function killedAt(point: number, words: readonly string[], lab: FleetLab): Promise<boolean> {
  const child = spawn(process.execPath, [PROGRAM, ...words], { env: lab.me.env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over && doneSoFar(lab) < point) await new Promise((resolve) => setTimeout(resolve, 3));
  child.kill('SIGKILL');
  const [, signal] = await ended;
  return signal === 'SIGKILL';
}

/** Every repository: one new version of each touched role, one record more, the old key nowhere, the new one everywhere. */
export async function inspectFleet(lab: FleetLab, round: number, gone: Fingerprint, come: Fingerprint): Promise<void> {
  await each(lab.members, async (member) => {
    const { gun, inRoot } = member;
    // Somebody who never was here, with the first root alone.
    const newcomer = lab.consumer(`newcomer-${round}-${gun}`.replaceAll('/', '-'), member);
    const repository = await newcomer.refresh(gun);
    const [released] = await repository.delegations();
    const versions = {
      root: repository.roles.root.version,
      targets: repository.roles.targets.version,
      releases: released?.published?.version,
    };
    expect(versions, gun).toEqual({ root: inRoot ? 1 + round : 1, targets: 1 + round, releases: 2 + round });
    expect(repository.record?.seq, gun).toBe(2 + round);
    expect(await newcomer.keyUses(gun, gone), gun).toEqual([]);
    const uses = await newcomer.keyUses(gun, come);
    expect(
      uses.map(({ role }) => role),
      gun,
    ).toEqual(inRoot ? ['targets', 'releases'] : ['releases']);
    expect((await repository.find('v1'))?.signers, gun).toEqual([come]);
    newcomer.close();
    // And somebody who has known it since its beginning.
    const regular = lab.consumer(`regular-${gun}`.replaceAll('/', '-'), member);
    expect((await (await regular.refresh(gun)).find('v1'))?.signers, gun).toEqual([come]);
    regular.close();
  });
}
