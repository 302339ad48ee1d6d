// From a request to a signature: judged, signed, remembered durably, and only then answered, in the repository's turn. A crash between two
// of these steps leaves at worst a signature that nobody has.
import {
  type Cryptography,
  type Digest,
  type Env,
  type Instant,
  type Lifetimes,
  type Limits,
  type PublicKey,
  type RoleName,
  SNAPSHOT,
} from '@countersign/core';
import type { Basis } from './basis.ts';
import { troubleOf } from './disk-trouble.ts';
import { ServiceError } from './errors.ts';
import type { InTurn } from './in-turn.ts';
import { DIALECTS, type Generations, type Keyring, keysOfGenerations, namableKeys } from './keyring.ts';
import type { MemoryStore } from './memory-store.ts';
import type { Numbers } from './numbers.ts';
import { adopt } from './policy/adopt.ts';
import { judge } from './policy/judge.ts';
import type { Memory } from './policy/memory.ts';
import type { Asked, SignerRepository } from './policy/request.ts';

export interface Signing {
  readonly store: MemoryStore;
  readonly keyring: Keyring;
  readonly turns: InTurn;
  readonly limits: Limits;
  readonly crypto: Cryptography;
  readonly numbers: Numbers;
  now(): Instant;
  longest(repository: SignerRepository): Lifetimes;
}

export interface Signed {
  readonly key: PublicKey;
  readonly signature: Uint8Array;
  /** Whether it is the answer to an earlier request. */
  readonly again: boolean;
}

const nameOf = ({ gun, dialect }: SignerRepository): string => `${dialect} ${gun}`;

/** Throws PolicyError; ServiceError(`unavailable`) when it cannot be remembered. */
export function sign(asked: Asked, signing: Signing): Promise<Signed> {
  const { repository, role, generation, payload } = asked;
  const { store, keyring, turns, limits, crypto } = signing;
  return turns.run(nameOf(repository), async () => {
    const started = performance.now();
    const memory = store.of(repository);
    const env: Env = { now: signing.now(), limits, crypto, dialect: DIALECTS[repository.dialect] };
    const keys = namableKeys(keyring, repository, memory);
    const held = {
      memory,
      keys,
      claimants: (claim: Parameters<MemoryStore['claimant']>[0]) => store.claimant(claim),
      longest: signing.longest(repository),
    };
    const verdict = judge(asked, held, env);
    const { key, sign: make } = keyring.signer(repository, role, generation);
    const counted = (answer: 'new' | 'again'): void => signing.numbers.signed(role, answer, (performance.now() - started) / 1000);
    if (verdict.answer === 'again') {
      counted('again');
      return { key, signature: verdict.signature, again: true };
    }
    const signature = await make(payload);
    const basis = verdict.moves ? { note: asked.note, upload: asked.evidence.upload } : undefined;
    await remembered(signing, repository, verdict.remember(key, signature), verdict.claims, basis);
    counted('new');
    return { key, signature, again: false };
  });
}

const FIRST_GENERATIONS: Generations = { timestamp: [1, 2, 3, 4, 5, 6, 7, 8], snapshot: [1, 2, 3, 4, 5, 6, 7, 8] };

/** Takes a repository over as it stands. `generations`: those of which one may be in force. Throws PolicyError; ServiceError(`unavailable`). */
export function takeOver(
  repository: SignerRepository,
  files: ReadonlyMap<RoleName, Uint8Array>,
  signing: Omit<Signing, 'longest' | 'numbers'>,
  generations: Generations = FIRST_GENERATIONS,
): Promise<void> {
  const { store, keyring, turns, limits, crypto } = signing;
  return turns.run(nameOf(repository), async () => {
    const memory = store.of(repository);
    const env: Env = { now: signing.now(), limits, crypto, dialect: DIALECTS[repository.dialect] };
    const held = { memory, keys: keysOfGenerations(keyring, repository, generations), claimants: store.claimant };
    const adopted = adopt(repository, files, held, env);
    await remembered(signing, repository, adopted.memory, adopted.claims);
  });
}

/**
 * What the snapshot that stands here was made of, for whoever has not stored it; undefined when `stored` is that snapshot, nothing was
 * signed yet, or an administrator gave it up.
 */
export function unstored(repository: SignerRepository, stored: Digest | undefined, { store, turns }: Signing): Promise<Basis | undefined> {
  return turns.run(nameOf(repository), async () => {
    const { files, released } = store.of(repository);
    const standing = files.get(SNAPSHOT);
    return standing === undefined || released || standing.digest === stored ? undefined : store.basisOf(repository);
  });
}

/** Changes what is remembered without a signature, in the repository's turn. */
export function amend(repository: SignerRepository, signing: Signing, change: (memory: Memory) => Memory): Promise<void> {
  return signing.turns.run(nameOf(repository), () => remembered(signing, repository, change(signing.store.of(repository)), []));
}

async function remembered(
  { store }: Pick<Signing, 'store'>,
  repository: SignerRepository,
  memory: Memory,
  claims: Parameters<MemoryStore['keep']>[2],
  basis?: Basis,
): Promise<void> {
  try {
    await store.keep(repository, memory, claims, basis);
  } catch (cause) {
    if (cause instanceof ServiceError) throw cause;
    const trouble = troubleOf(cause);
    const text = `what was signed cannot be remembered, so it does not leave: ${trouble}`;
    throw new ServiceError('unavailable', text, { cause, details: { trouble } });
  }
}
