// `expires` as Go writes it: RFC 3339 with up to nine digits of a second and the offset of the signer's zone.
import { excerpt } from '../../bytes/excerpt.ts';
import { FormatError } from '../../errors.ts';
import type { Instant } from '../../names/brand.ts';
import { parseInstant } from '../../names/instant.ts';

const SPELLING = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/** Throws FormatError `malformed`. What is finer than a millisecond is dropped: nothing lives longer for it. */
export function parseExpires(text: string, where: string): Instant {
  const match = SPELLING.exec(text);
  if (match === null) throw new FormatError('malformed', `${where}: wanted a time like 2030-01-31T23:59:59.5+01:00, got ${excerpt(text)}`);
  const [, local, fraction = '', sign, hours = '0', minutes = '0'] = match;
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return (parseInstant(`${local}Z`, where) + milliseconds + (sign === '+' ? -offset : offset)) as Instant;
}
