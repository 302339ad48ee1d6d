// Another repository: a file that says it belongs elsewhere.
import type { Bend } from '../simulator/simulator.ts';
import { withMember } from './member.ts';

/** `repository`: 32 hex digits. */
export const boundTo = (repository: string): Bend => withMember(['x-countersign', 'repository'], repository);
