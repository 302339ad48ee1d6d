// What a token allows: its `access` claim, a list of resources with actions.
import { z } from 'zod';

export interface Grant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

// Members that we do not know (`class`) narrow nothing down in the protocol.
const ACCESS = z.array(z.object({ type: z.string(), name: z.string(), actions: z.array(z.string()).nullish() })).nullish();

/** Undefined for a claim of another shape. A token without the claim allows nothing. */
export function readGrants(access: unknown): readonly Grant[] | undefined {
  const read = ACCESS.safeParse(access);
  if (!read.success) return undefined;
  return (read.data ?? []).map(({ type, name, actions }) => ({ type, name, actions: actions ?? [] }));
}

/** `*` grants every action on its resource. Names are compared byte by byte: no pattern, no other spelling. */
export const grants = (list: readonly Grant[], type: string, name: string, action: string): boolean =>
  list.some((grant) => grant.type === type && grant.name === name && (grant.actions.includes('*') || grant.actions.includes(action)));
