// The two dialects by the names that the store has for them.
import { type Dialect, notary, tuf } from '@countersign/core';
import type { DialectName } from '@countersign/store';

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = { tuf, notary };
