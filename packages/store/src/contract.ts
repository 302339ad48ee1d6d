// The contract of the metadata store as tests: every implementation, here or elsewhere, runs it with one call.
// Entry `@countersign/store/contract`; it needs `vitest` and `fast-check` beside it.
import { describe } from 'vitest';
import { claimContract } from './contract/claims.ts';
import { concurrencyContract } from './contract/concurrency.ts';
import { dumpContract } from './contract/dump.ts';
import { fileContract } from './contract/files.ts';
import { headContract } from './contract/heads.ts';
import { importContract } from './contract/imports.ts';
import { type LaboratoryFactory, laboratories } from './contract/laboratory.ts';
import { lifeContract } from './contract/life.ts';
import { nameContract } from './contract/names.ts';
import { recordContract } from './contract/records.ts';
import { retiredContract } from './contract/retired.ts';
import { draftContract, tombstoneContract } from './contract/tombstones.ts';

export type { Laboratory, LaboratoryFactory } from './contract/laboratory.ts';

/**
 * Defines the tests that a store must pass. `factory` is called once for each test.
 *
 * @example
 * storeContract('memory', async () => {
 *   const store = memoryStore();
 *   return { store, dispose: () => store.close() };
 * });
 */
export function storeContract(name: string, factory: LaboratoryFactory): void {
  describe(`the store contract: ${name}`, () => {
    const laboratory = laboratories(factory);
    describe('heads', () => headContract(laboratory));
    describe('files', () => fileContract(laboratory));
    describe('names', () => nameContract(laboratory));
    describe('imports', () => importContract(laboratory));
    describe('retired roles', () => retiredContract(laboratory));
    describe('claims', () => claimContract(laboratory));
    describe('tombstones', () => tombstoneContract(laboratory));
    describe('drafts', () => draftContract(laboratory));
    describe('records', () => recordContract(laboratory));
    describe('concurrency', () => concurrencyContract(laboratory));
    describe('dump and load', () => dumpContract(laboratory));
    describe('life', () => lifeContract(laboratory));
  });
}
