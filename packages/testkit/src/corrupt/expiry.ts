// Freeze: a file whose time is over.
import { formatInstant, type Instant } from '@countersign/core';
import type { Bend } from '../simulator/simulator.ts';
import { withMember } from './member.ts';

/** `instant` in milliseconds since 1970. */
export const expiringAt = (instant: number): Bend => withMember(['expires'], formatInstant(instant as Instant));
