// Lengths of time as people write them: `90s`, `15m`, `12h`, `3d`, `2w`.

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of a length of time, or undefined for any other text. */
export function readDuration(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^([1-9][0-9]{0,5})(ms|s|m|h|d|w)$/.exec(text) ?? [];
  const milliseconds = UNITS[unit];
  return milliseconds === undefined ? undefined : Number(digits) * milliseconds;
}
