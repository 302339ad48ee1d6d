// `mirror sync`: the same folder, again and again, until it is stopped.
import { UsageError } from '../errors.ts';
import { mirrorRound } from '../mirror/run-mirror.ts';
import type { Handler } from '../tree/spec.ts';

const USUAL = '5m';
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

export const mirrorSync: Handler = async (call) => {
  const { world, given, output } = call;
  const interval = intervalOf(given.text('interval') ?? USUAL);
  for (;;) {
    const { outcome, error } = await mirrorRound(call);
    if (given.flag('once')) return { ...outcome, error };
    output.result(outcome);
    if (await stoppedWithin(interval, world.interrupted)) break;
  }
  output.say('stopped');
  return undefined;
};

function intervalOf(text: string): number {
  const [, digits = '', unit = ''] = /^([1-9][0-9]{0,4})(s|m|h)$/.exec(text) ?? [];
  const milliseconds = UNITS[unit];
  if (milliseconds !== undefined) return Number(digits) * milliseconds;
  throw new UsageError('bad-arguments', `--interval: wanted a length of time like 90s, 5m or 1h, got ${text.slice(0, 40)}`);
}

/** Whether somebody asked to stop meanwhile. */
function stoppedWithin(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (stopped: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(stopped);
    };
    const stop = (): void => done(true);
    const timer = setTimeout(() => done(false), milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
