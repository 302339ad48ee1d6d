// Moments in metadata. One client keeps `expires` as text and feeds it to Date: whatever Date cannot read never expires.
// So there is one spelling, checked against the calendar, and the arithmetic needs no Date.
import { excerpt } from '../bytes/excerpt.ts';
import { FormatError } from '../errors.ts';
import type { Instant } from './brand.ts';

const SPELLING = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/;
const DAY = 86_400_000;
const DAYS_BEFORE_1970 = 719_468; // from 0000-03-01
const DAYS_IN_ERA = 146_097; // the 400 years after which the calendar repeats

/**
 * Reads `YYYY-MM-DDTHH:MM:SSZ`, years 0001 to 9999, a day that exists, no leap second (TUF 1.0.34 §4.3). `where` names
 * the member in the error. Throws FormatError `malformed`.
 */
export function parseInstant(text: string, where: string): Instant {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = SPELLING.exec(text)?.slice(1).map(Number) ?? [];
  const onCalendar = year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  if (!onCalendar || hour > 23 || minute > 59 || second > 59) {
    throw new FormatError('malformed', `${where}: wanted a time like 2030-01-31T23:59:59Z, got ${excerpt(text)}`);
  }
  return (daysFrom1970(year, month, day) * DAY + ((hour * 60 + minute) * 60 + second) * 1000) as Instant;
}

/**
 * Writes `YYYY-MM-DDTHH:MM:SSZ`, dropping parts of a second. Throws FormatError `malformed` outside the years 0001 to
 * 9999, which that spelling cannot say.
 */
export function formatInstant(instant: Instant): string {
  const days = Math.floor(instant / DAY);
  const { year, month, day } = dateOf(days);
  if (!(year >= 1 && year <= 9999)) throw new FormatError('malformed', `wanted a time within the years 1 to 9999, got ${instant} ms`);
  const seconds = Math.floor((instant - days * DAY) / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return `${date}T${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}Z`;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

// Years that begin in March put the leap day last, so that a day's number in its year is a linear function of the month.

function daysFrom1970(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_IN_ERA + dayOfEra - DAYS_BEFORE_1970;
}

function dateOf(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + DAYS_BEFORE_1970;
  const era = Math.floor(shifted / DAYS_IN_ERA);
  const dayOfEra = shifted - era * DAYS_IN_ERA;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1 };
}
