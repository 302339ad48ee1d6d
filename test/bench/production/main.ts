// What a server under load must reach, all of it beside what it is compared to, in one run.
import type { Row } from '../table.ts';
import { crowd } from './crowd.ts';
import { manyRepositories } from './many-repositories.ts';
import { publishing } from './publishing.ts';
import { reads } from './reads.ts';
import { readsBesidePublishes } from './reads-beside-publishes.ts';

/** By the names under which each can be run alone. */
export const PRODUCTION: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  'production-reads': reads,
  'production-publishes': publishing,
  'production-latency': readsBesidePublishes,
  'production-size': manyRepositories,
  'production-crowd': crowd,
};
