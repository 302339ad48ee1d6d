// What the contract asks of whoever runs it: a fresh store for every test, and a way to close and open it again if it can keep things.
import { afterEach, beforeEach } from 'vitest';
import type { MetadataStore } from '../store.ts';

export interface Laboratory {
  /** The store under test; after `reopen`, the newly opened one. */
  readonly store: MetadataStore;
  /** Closes the store and opens what it kept. Absent when the implementation keeps nothing. */
  reopen?(): Promise<void>;
  /** Closes the store, if it is open, and removes all it left. */
  dispose(): Promise<void>;
}

/** Makes a laboratory. Every call must give an empty store that shares nothing with the others. */
export type LaboratoryFactory = () => Promise<Laboratory>;

/** A fresh laboratory for each test of the surrounding `describe`. */
export function laboratories(factory: LaboratoryFactory): () => Laboratory {
  let current: Laboratory | undefined;
  beforeEach(async () => {
    current = await factory();
  });
  afterEach(async () => {
    await current?.dispose();
    current = undefined;
  });
  return () => {
    if (!current) throw new Error('a laboratory exists only while a test runs');
    return current;
  };
}
