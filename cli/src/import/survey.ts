// What an import would do, before it does anything: of each repository what its readers are led to, what they would think of it, and what
// is here already.
import { type CountersignError, type Env, formatPin, type Gun, type ImportTrust, ROOT, type RootPin, TrustError } from '@countersign/core';
import { repositoriesCounted } from '../counted.ts';
import { inParallel } from '../fleet/in-parallel.ts';
import { bytesOf, type Copied } from './copied.ts';
import { isOfOne, type NewServer, type Standing } from './new-server.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export interface Found {
  readonly gun: Gun;
  readonly trust: ImportTrust;
  readonly copied: Copied;
  readonly verdict: Verdict;
  /** At the server that it goes to; undefined for an archive. */
  readonly there: Standing | undefined;
}

export interface Refused {
  readonly gun: Gun;
  readonly error: CountersignError;
}

export interface Survey {
  readonly found: readonly Found[];
  readonly refused: readonly Refused[];
}

const AT_ONCE = 4;

export interface Look {
  readonly current: (gun: Gun) => Promise<Copied>;
  readonly pins: ReadonlyMap<Gun, RootPin>;
  /** What is believed of roots that no pin speaks of. */
  readonly unpinned: ImportTrust['unpinned'];
  readonly target: NewServer | undefined;
  readonly env: Env;
  readonly progress: (text: string) => void;
}

/** Throws what is not about one repository alone. */
export async function survey(guns: readonly Gun[], { current, pins, unpinned, target, env, progress }: Look): Promise<Survey> {
  let count = 0;
  const looks = await inParallel(guns, AT_ONCE, async (gun): Promise<Found | Refused> => {
    try {
      const copied = await current(gun);
      const pin = pins.get(gun);
      const verdict = verdictOf(copied, pin, env);
      checkPin(copied, pin, verdict);
      const trust = trustIn(copied, pin, unpinned);
      if (target !== undefined) checkFirst(copied, trust);
      return { gun, trust, copied, verdict, there: await target?.standing(gun) };
    } catch (error) {
      if (!isOfOne(error)) throw error;
      return { gun, error };
    } finally {
      count += 1;
      progress(`looked at ${count} of ${repositoriesCounted(guns.length)}`);
    }
  });
  return {
    found: looks.flatMap((one) => ('error' in one ? [] : [one])),
    refused: looks.flatMap((one) => ('error' in one ? [one] : [])),
  };
}

const FATAL = ['untrusted-root', 'wrong-repository', 'signature', 'rollback'] as const;

/** A root that is not the owner's, or not of this name, ends it here: everything else is judged with the whole. */
function checkPin({ gun }: Copied, pin: RootPin | undefined, { roles, pin: first }: Verdict): void {
  const [root] = roles;
  const code = FATAL.find((one) => root?.why !== undefined && one === root.code);
  if (code === undefined) return;
  const details = pin === undefined ? {} : { wanted: formatPin(pin), got: first };
  throw new TrustError(code, `${gun}: ${root?.why ?? ''}`, { details });
}

const firstOf = ({ files }: Copied): number => files.find(({ role }) => role === ROOT)?.version ?? 0;

/** Where the pin is of the first root, nobody's word is needed for anything. */
function trustIn(copied: Copied, pin: RootPin | undefined, unpinned: ImportTrust['unpinned']): ImportTrust {
  return { pin, unpinned: pin !== undefined && pin.version <= firstOf(copied) ? 'refuse' : unpinned };
}

/** A pin says nothing of roots before its own: whoever keeps the files could have put some there. */
function checkFirst(copied: Copied, { pin, unpinned }: ImportTrust): void {
  const first = firstOf(copied);
  if (pin === undefined || pin.version <= first || unpinned === 'unsafe-trust') return;
  const text = `${copied.gun}: the pin is of root v${pin.version}, and says nothing of v${first} to v${pin.version - 1}`;
  throw new LatePin(text, first, pin);
}

class LatePin extends TrustError {
  readonly next: string;

  constructor(text: string, first: number, pin: RootPin) {
    super('untrusted-root', text, { details: { wanted: `a pin of root v${first}`, got: formatPin(pin) } });
    this.next = `ask the owner for the pin of root v${first}, and give it with --pins FILE; docs/how-to/replace-notary-server.md says what to do where nobody has it any more`;
  }
}

/** What is copied so far. */
export const sizeOf = ({ copied }: Found): number => bytesOf(copied.files);
