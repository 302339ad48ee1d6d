// What a profile says, as files: each case is a repository that is right but for one thing, and the verdict on its image.

import { type Simulator, withoutHashes } from '@countersign/testkit';
import { fileOf, pathOf, resigned } from '../attacks/victims/story.ts';
import { codeOf, verifyImage } from '../fail-open/setting.ts';
import { DELEGATIONS, type Differential, GLOBS, MEANINGS, SPELLINGS, TEXTS, type Verdict } from '../properties/differentials.ts';
import { HOLDERS } from './holders.ts';
import { MEMBERS } from './members.ts';

export interface Served {
  readonly repository: Simulator;
  readonly served: ReadonlyMap<string, Uint8Array>;
}

export interface Case {
  readonly name: string;
  readonly verdict: Verdict;
  /** `honest` is a repository with the signed image `v1`; it is forked, never changed. */
  make(honest: Simulator): Promise<Served>;
}

const fromDifferential = (differential: Differential): Case => ({
  name: `${differential.role}: ${differential.name}`,
  verdict: differential.verdict,
  async make(honest) {
    const { role, bend, respell } = differential;
    const repository = honest.fork();
    if (respell === undefined) await resigned(repository, role, bend === undefined ? {} : { bend });
    else await resigned(repository, 'snapshot', { bend: withoutHashes }, { timestamp: withoutHashes });
    const served = new Map(repository.served);
    if (respell !== undefined) served.set(pathOf(repository, role), respell(fileOf(repository, role)));
    return { repository, served };
  },
});

export const CASES: readonly Case[] = [
  ...[SPELLINGS, TEXTS, MEANINGS, DELEGATIONS, GLOBS, MEMBERS].flat().map(fromDifferential),
  ...HOLDERS,
];

export function verdictOn({ repository, served }: Served): string {
  return codeOf(() => verifyImage(repository, served, undefined)) ?? 'accepted';
}
