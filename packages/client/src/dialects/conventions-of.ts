// The one place where a dialect is asked which it is, by those who publish.
import type { Dialect } from '@countersign/core';
import type { Conventions } from './conventions.ts';
import { notaryConventions } from './notary-conventions.ts';
import { tufConventions } from './tuf-conventions.ts';

const CONVENTIONS: Readonly<Record<Dialect['name'], Conventions>> = { tuf: tufConventions, notary: notaryConventions };

export const conventionsOf = ({ name }: Pick<Dialect, 'name'>): Conventions => CONVENTIONS[name];
