// What was signed, on disk: one value for each repository, and who claimed which file first. It lies beside the master key, away from every
// trust server's database, so that restoring one of those takes nothing back here.
import { type Claim, decodeUtf8, encodeUtf8, type Gun, parseNotaryGun } from '@countersign/core';
import { type Basis, readBasis, spellBasis } from './basis.ts';
import { ServiceError } from './errors.ts';
import { type MemoryPlace, openMemoryTable } from './memory-table.ts';
import { readMemory, spellMemory } from './memory-text.ts';
import { type Memory, NOTHING } from './policy/memory.ts';
import type { SignerRepository } from './policy/request.ts';

/**
 * Reads answer at once, and throw ServiceError(`unavailable`) in the moment of `reopen`. `keep` must be atomic and on disk when it resolves; when
 * it failed, it fails until `reopen` resolves. One process has it at a time.
 */
export interface MemoryStore {
  /** Throws SetupError(`damaged-memory`). */
  of(repository: SignerRepository): Memory;
  claimant(claim: Claim): Gun | undefined;
  /** Throws ServiceError(`busy`) where another repository made one of the claims since they were looked for. */
  keep(repository: SignerRepository, memory: Memory, claims: readonly Claim[], basis?: Basis): Promise<void>;
  /** What was kept last with a memory. Throws SetupError(`damaged-memory`). */
  basisOf(repository: SignerRepository): Basis | undefined;
  /** Names in order, after `after`, at most `limit`. */
  repositories(after: string, limit: number): Promise<readonly { readonly name: string; readonly repository: SignerRepository }[]>;
  /** Makes what failed known: what was kept then is on the disk, and the rest is not there. May be called again after it rejected. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

const REPOSITORY = 'repository ';

/** `tuf NAME`: dialects have no spaces in their names, so none runs into its neighbour. */
const nameOf = ({ gun, dialect }: SignerRepository): string => `${REPOSITORY}${dialect} ${gun}`;
const basisKey = ({ gun, dialect }: SignerRepository): string => `basis ${dialect} ${gun}`;
const claimKey = ({ kind, digest }: Claim): string => `claim ${kind} ${digest}`;

/** Opens the memory in a folder. Throws SetupError: `missing-memory`, `wrong-master-key`, `locked`, `damaged-memory`, `unavailable`. */
export async function openMemory(place: MemoryPlace): Promise<MemoryStore> {
  const table = await openMemoryTable(place);
  const get = (key: string): Uint8Array | undefined => table.get(key);
  const claimant = (claim: Claim): Gun | undefined => {
    const bytes = get(claimKey(claim));
    return bytes && parseNotaryGun(decodeUtf8(bytes));
  };
  // Those that are being written: nobody is told of them yet, and nobody else may make them.
  const claimed = new Map<string, Gun>();
  return {
    of(repository) {
      const name = nameOf(repository);
      const bytes = get(name);
      return bytes === undefined ? NOTHING : readMemory(bytes, name.slice(REPOSITORY.length));
    },
    claimant,
    basisOf(repository) {
      const bytes = get(basisKey(repository));
      return bytes && readBasis(bytes, nameOf(repository).slice(REPOSITORY.length));
    },
    async keep(repository, memory, claims, basis) {
      // The policy refuses everybody but the first owner; but that of two repositories may have looked before either was written.
      if (claims.some((claim) => (claimed.get(claimKey(claim)) ?? claimant(claim) ?? repository.gun) !== repository.gun))
        throw new ServiceError('busy', 'another repository claims the same files at this moment');
      const fresh = claims.map(claimKey).filter((key) => get(key) === undefined);
      for (const key of fresh) claimed.set(key, repository.gun);
      const owner = encodeUtf8(repository.gun);
      const made = basis === undefined ? [] : [[basisKey(repository), spellBasis(basis)] as const];
      try {
        await table.write([[nameOf(repository), spellMemory(memory)], ...made, ...fresh.map((key) => [key, owner] as const)]);
      } finally {
        for (const key of fresh) claimed.delete(key);
      }
    },
    async repositories(after, limit) {
      const keys = await table.keys({ gt: `${REPOSITORY}${after}`, lt: `${REPOSITORY}~`, limit });
      return keys.map((key) => {
        const name = key.slice(REPOSITORY.length);
        const [dialect, gun = ''] = name.split(' ');
        return { name, repository: { gun: parseNotaryGun(gun), dialect: dialect === 'tuf' ? ('tuf' as const) : ('notary' as const) } };
      });
    },
    reopen: () => table.reopen(),
    close: () => table.close(),
  };
}
