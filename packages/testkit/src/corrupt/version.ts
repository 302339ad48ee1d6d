// Rollback and fast-forward: a file that calls itself older or newer than it is.
import type { Bend } from '../simulator/simulator.ts';
import { withMember } from './member.ts';

export const versioned = (version: number): Bend => withMember(['version'], version);
