// Whether this server can do its work, why not, and the way back. After a write of which nobody knows whether it is kept, reads go on from
// what was known before and writes are refused, until the store and the marks were opened anew and tell what they really hold.
import { isStoreError, type MetadataStore } from '@countersign/store';
import type { ClockWatch } from './clock-watch.ts';
import { type DiskTrouble, diskTroubleIn, diskTroubleOf } from './disk-trouble.ts';
import { RequestError } from './errors.ts';
import type { HighWater } from './high-water.ts';
import type { Logger } from './log.ts';
import type { SigningKeys } from './signing/signing-keys.ts';

/** What a machine reads in `/readyz`. Each is explained in docs/reference/http.md, at health. */
export type Trouble =
  | DiskTrouble
  | 'store-unsure'
  | 'store-unreachable'
  | 'marks-unwritable'
  | 'clock-jumped'
  | 'signer-unreachable'
  | 'must-restart';

interface Doubt {
  readonly error: Error;
  trouble: Trouble;
}

export interface ConditionOptions {
  readonly store: MetadataStore;
  readonly marks: HighWater;
  readonly clock: ClockWatch;
  /** Who signs. */
  readonly signer: Pick<SigningKeys, 'answers'>;
  readonly log: Logger;
  /** The folders that this server writes to. */
  readonly folders: readonly string[];
  /** The store was opened anew: nothing that was remembered of it counts any more. */
  onRecovered(): void;
  /** There is no way back without a new process. */
  onFatal(error: Error): void;
}

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5_000;
const STORE_PATIENCE = 2_000;
const LOOKED_AT = 1_000;

/** Seconds after which a client may try again. */
export const RETRY_AFTER = '5';

export class Condition {
  readonly #options: ConditionOptions;
  #doubt: Doubt | undefined;
  #timer: NodeJS.Timeout | undefined;
  #recovering: Promise<void> | undefined;
  #looked: { readonly at: number; readonly found: Promise<readonly Trouble[]> } | undefined;
  #closed = false;
  #recoveries = 0;

  constructor(options: ConditionOptions) {
    this.#options = options;
  }

  /** What made the last write unsure, until that is known again. */
  get unsure(): Error | undefined {
    return this.#doubt?.error;
  }

  /** How often doubt was ended without a new process. */
  get recoveries(): number {
    return this.#recoveries;
  }

  /** Must be called after a write of which nobody knows whether it is kept. Begins the way back. */
  doubt(about: 'store' | 'marks', error: Error): void {
    if (this.#doubt !== undefined) return;
    const trouble = diskTroubleOf(error) ?? (about === 'store' ? 'store-unsure' : 'marks-unwritable');
    this.#doubt = { error, trouble };
    this.#looked = undefined;
    this.#options.log.error({ err: error, trouble }, 'a write is unsure: writes are refused until the store is opened anew');
    if (about === 'store' && this.#options.store.reopen === undefined) this.#giveUp(error);
    else this.#tryIn(FIRST_PAUSE);
  }

  /** Throws RequestError(`unavailable`) while nothing may be written. Asked before anything is signed. */
  checkWrites(): void {
    const trouble = this.#doubt?.trouble ?? this.#options.clock.trouble();
    if (trouble === undefined) return;
    const text = `this server takes no writes at this moment: ${trouble}`;
    const cause = this.#doubt?.error;
    const details = { headers: { 'Retry-After': RETRY_AFTER } };
    throw new RequestError('unavailable', text, cause === undefined ? { details } : { details, cause });
  }

  /** Everything that is wrong. Asking costs a read of the store and a look at the disk, at most once a second however many ask. */
  async troubles(): Promise<readonly Trouble[]> {
    const at = performance.now();
    if (this.#looked === undefined || at - this.#looked.at > LOOKED_AT) this.#looked = { at, found: this.#look() };
    return await this.#looked.found;
  }

  /** Tells the log what is wrong as a server begins, before a publisher finds out. */
  async announce(): Promise<void> {
    const reasons = await this.#look();
    if (reasons.length > 0) this.#options.log.warn({ reasons }, 'not ready');
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#recovering;
  }

  async #look(): Promise<readonly Trouble[]> {
    const { store, clock, folders, signer } = this.#options;
    const found = new Set<Trouble>();
    if (this.#doubt !== undefined) found.add(this.#doubt.trouble);
    const clockTrouble = clock.trouble();
    if (clockTrouble !== undefined) found.add(clockTrouble);
    for (const folder of folders) {
      const trouble = await diskTroubleIn(folder);
      if (trouble !== undefined) found.add(trouble);
    }
    const [stored, signs] = await Promise.all([answers(store), signer.answers()]);
    if (!stored) found.add('store-unreachable');
    if (!signs) found.add('signer-unreachable');
    return [...found];
  }

  #tryIn(pause: number): void {
    if (this.#closed) return;
    // The process must be able to end all the same.
    this.#timer = setTimeout(() => {
      this.#recovering = this.#recover(pause);
    }, pause).unref();
  }

  async #recover(pause: number): Promise<void> {
    const { store, marks, log, onRecovered } = this.#options;
    const doubt = this.#doubt;
    if (doubt === undefined) return;
    try {
      // Both, whichever it was: the other may have failed since, and neither does anything where nothing did.
      await store.reopen?.();
      await marks.rewrite();
    } catch (error) {
      doubt.trouble = diskTroubleOf(error) ?? doubt.trouble;
      log.warn({ err: error, trouble: doubt.trouble }, 'the store cannot be opened anew yet');
      if (isStoreError(error) && error.code !== 'unavailable') this.#giveUp(error);
      else this.#tryIn(Math.min(2 * pause, LONGEST_PAUSE));
      return;
    }
    onRecovered();
    this.#doubt = undefined;
    this.#looked = undefined;
    this.#recoveries += 1;
    log.info({ trouble: doubt.trouble }, 'the store was opened anew: writes are taken again');
  }

  #giveUp(error: Error): void {
    if (this.#doubt !== undefined) this.#doubt.trouble = 'must-restart';
    this.#options.log.fatal({ err: error }, 'there is no way back from an unsure write: this process must end');
    this.#options.onFatal(error);
  }
}

async function answers(store: MetadataStore): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), STORE_PATIENCE);
  });
  const read = store.records({ limit: 1 }).then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([read, late]);
  } finally {
    clearTimeout(timer);
  }
}
