// Rollback: a snapshot that no longer knows a role.
import type { Bend } from '../simulator/simulator.ts';
import { withoutMember } from './member.ts';

export const losingRole = (role: string): Bend => withoutMember(['meta', `${role}.json`]);
