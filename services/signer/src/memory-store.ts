// What was signed, on disk: one value for each repository, and who claimed which file first. It lies beside the master key, away from every
// trust server's database, so that restoring one of those takes nothing back here. The one file of this service that imports `level`.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Claim, decodeUtf8, encodeUtf8, type Gun, parseNotaryGun } from '@countersign/core';
import { Level } from 'level';
import { type Basis, readBasis, spellBasis } from './basis.ts';
import { SetupError } from './errors.ts';
import { readMemory, spellMemory } from './memory-text.ts';
import { type Memory, NOTHING } from './policy/memory.ts';
import type { SignerRepository } from './policy/request.ts';

/** Reads answer at once. `keep` must be atomic and on disk when it resolves. One process has it at a time. */
export interface MemoryStore {
  /** Throws SetupError(`damaged-memory`). */
  of(repository: SignerRepository): Memory;
  claimant(claim: Claim): Gun | undefined;
  keep(repository: SignerRepository, memory: Memory, claims: readonly Claim[], basis?: Basis): Promise<void>;
  /** What was kept last with a memory. Throws SetupError(`damaged-memory`). */
  basisOf(repository: SignerRepository): Basis | undefined;
  /** Names in order, after `after`, at most `limit`. */
  repositories(after: string, limit: number): Promise<readonly { readonly name: string; readonly repository: SignerRepository }[]>;
  close(): Promise<void>;
}

const MASTER = 'master';
const REPOSITORY = 'repository ';

/** `tuf NAME`: dialects have no spaces in their names, so none runs into its neighbour. */
const nameOf = ({ gun, dialect }: SignerRepository): string => `${REPOSITORY}${dialect} ${gun}`;
const basisKey = ({ gun, dialect }: SignerRepository): string => `basis ${dialect} ${gun}`;
const claimKey = ({ kind, digest }: Claim): string => `claim ${kind} ${digest}`;

/**
 * Opens the memory in `folder`, which belongs to the master key with this fingerprint; `absent` says whether there may be none yet.
 * Throws SetupError: `missing-memory`, `wrong-master-key`, `locked`, `damaged-memory`.
 */
export async function openMemory(folder: string, master: string, absent: 'begin' | 'refuse'): Promise<MemoryStore> {
  const there = await access(join(folder, 'CURRENT')).then(
    () => true,
    () => false,
  );
  if (!there && absent === 'refuse')
    throw new SetupError(
      'missing-memory',
      `${folder} is missing: without what was signed before, anything could be signed again; bring it back`,
    );
  const level = new Level<string, Uint8Array>(folder, { keyEncoding: 'utf8', valueEncoding: 'view', createIfMissing: !there });
  try {
    await level.open();
  } catch (error) {
    throw asSetup(error, folder);
  }
  try {
    await checkMaster(level, master, folder);
  } catch (error) {
    await level.close();
    throw error;
  }
  return memoryStore(level);
}

function memoryStore(level: Level<string, Uint8Array>): MemoryStore {
  const get = (key: string): Uint8Array | undefined => level.getSync(key);
  return {
    of(repository) {
      const name = nameOf(repository);
      const bytes = get(name);
      return bytes === undefined ? NOTHING : readMemory(bytes, name.slice(REPOSITORY.length));
    },
    claimant(claim) {
      const bytes = get(claimKey(claim));
      return bytes && parseNotaryGun(decodeUtf8(bytes));
    },
    basisOf(repository) {
      const bytes = get(basisKey(repository));
      return bytes && readBasis(bytes, nameOf(repository).slice(REPOSITORY.length));
    },
    async keep(repository, memory, claims, basis) {
      const owner = encodeUtf8(repository.gun);
      const put = (key: string, value: Uint8Array) => ({ type: 'put', key, value }) as const;
      // The first owner stays: the policy has refused everybody else.
      const fresh = claims.map(claimKey).filter((key) => get(key) === undefined);
      const made = basis === undefined ? [] : [put(basisKey(repository), spellBasis(basis))];
      await level.batch([put(nameOf(repository), spellMemory(memory)), ...made, ...fresh.map((key) => put(key, owner))], { sync: true });
    },
    async repositories(after, limit) {
      const keys = await level.keys({ gt: `${REPOSITORY}${after}`, lt: `${REPOSITORY}~`, limit }).all();
      return keys.map((key) => {
        const name = key.slice(REPOSITORY.length);
        const [dialect, gun = ''] = name.split(' ');
        return { name, repository: { gun: parseNotaryGun(gun), dialect: dialect === 'tuf' ? ('tuf' as const) : ('notary' as const) } };
      });
    },
    close: () => level.close(),
  };
}

async function checkMaster(level: Level<string, Uint8Array>, master: string, folder: string): Promise<void> {
  const known: Uint8Array | undefined = await level.get(MASTER);
  if (known === undefined) await level.put(MASTER, encodeUtf8(master), { sync: true });
  else if (decodeUtf8(known) !== master)
    throw new SetupError('wrong-master-key', `${folder} is the memory of another master key: bring back the one that belongs to it`);
}

function asSetup(error: unknown, folder: string): SetupError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const locked = cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
  if (locked) return new SetupError('locked', `another process has ${folder}: one signing service at a time`, { cause });
  return new SetupError('damaged-memory', `${folder} cannot be opened`, { cause });
}
