// Whether this service can sign, why not, and the way back. After a write that failed it signs nothing new; what was remembered before is
// still answered, and the memory is opened anew as soon as its disk takes that, without anybody who restarts anything.
import { type SignerTrouble, troubleIn, troubleOf } from './disk-trouble.ts';
import type { Logger } from './log.ts';

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5_000;

export class Condition {
  readonly #reopen: () => Promise<void>;
  readonly #folder: string;
  readonly #log: Logger;
  #trouble: SignerTrouble | undefined;
  #timer: NodeJS.Timeout | undefined;
  #recovering: Promise<void> | undefined;
  #closed = false;

  /** `reopen` of the memory; `folder`: the one that the service writes to. */
  constructor(reopen: () => Promise<void>, folder: string, log: Logger) {
    this.#reopen = reopen;
    this.#folder = folder;
    this.#log = log;
  }

  /** Must be called after a write that failed. Begins the way back. */
  doubt(error: unknown): void {
    if (this.#trouble !== undefined) return;
    this.#trouble = troubleOf(error);
    this.#log.error({ err: error, trouble: this.#trouble }, 'what was signed cannot be remembered: nothing is signed until it can');
    this.#tryIn(FIRST_PAUSE);
  }

  /** Everything that is wrong. It looks at the disk besides, so that one that is full is known before anybody publishes. */
  async troubles(): Promise<readonly SignerTrouble[]> {
    const trouble = this.#trouble ?? (await troubleIn(this.#folder));
    return trouble === undefined ? [] : [trouble];
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#recovering;
  }

  #tryIn(pause: number): void {
    if (this.#closed) return;
    // The process must be able to end all the same.
    this.#timer = setTimeout(() => {
      this.#recovering = this.#recover(pause);
    }, pause).unref();
  }

  /** Never ends by itself: what is damaged stays refused, and may be brought back under the running process too. */
  async #recover(pause: number): Promise<void> {
    try {
      await this.#reopen();
    } catch (error) {
      this.#trouble = troubleOf(error);
      this.#log.warn({ err: error, trouble: this.#trouble }, 'the memory cannot be opened anew yet');
      this.#tryIn(Math.min(2 * pause, LONGEST_PAUSE));
      return;
    }
    this.#log.info({ trouble: this.#trouble }, 'the memory was opened anew: signatures are given again');
    this.#trouble = undefined;
  }
}

export interface Health {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** 200 when signatures can be made and remembered, otherwise 503 with the reasons. */
export async function healthOf(condition: Pick<Condition, 'troubles'>): Promise<Health> {
  const reasons = await condition.troubles();
  return reasons.length === 0 ? { status: 200, body: { status: 'ready' } } : { status: 503, body: { status: 'not-ready', reasons } };
}
