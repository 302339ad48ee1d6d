// How large V8's young generation may become. What publishes have parsed is alive until the store has answered: where the young generation
// is small, all of that is copied and then moved among what is old, which takes a quarter of a server's time. Who only reads leaves little
// alive. V8 goes by the sum of what ever survived, and would make a server that did nothing but fill its caches resident with 30 MiB more.
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const MIB = 1024 * 1024;
// Of both halves together. V8 would take 32, and stop everybody for 4 ms each time that it is collected: more than a publish takes.
const FOR_READS = 4 * MIB;
const FOR_PUBLISHES = 16 * MIB;
/** Fewer publishes in a tick than these have nothing of each other's in their way. */
const MANY = 10;
const TICK_MS = 500;

/** What V8 multiplies a young generation of so many bytes with, the next time that enough survived in it: 1 keeps it as it is. */
export const growthFactor = (bytes: number, publishes: number): 1 | 2 => (bytes < (publishes >= MANY ? FOR_PUBLISHES : FOR_READS) ? 2 : 1);

/** From now on, and as long as the process lasts. V8 itself makes it smaller again when little happens. */
export function watchYoungGeneration(): { published(): void } {
  let [publishes, factor] = [0, 0];
  const grow = (by: 1 | 2): void => {
    if (by !== factor) setFlagsFromString(`--semi-space-growth-factor=${by}`);
    factor = by;
  };
  // What a start loads survives, and is soon over.
  grow(1);
  const tick = (): void => {
    grow(growthFactor(youngBytes(), publishes));
    publishes = 0;
  };
  setInterval(tick, TICK_MS).unref();
  return {
    published() {
      publishes += 1;
    },
  };
}

const youngBytes = (): number => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
