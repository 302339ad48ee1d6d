// One round of a mirror: each repository verified by this machine's own client, with its pins and its memory, then collected and placed. One
// that fails keeps the set that stands, and the others go on.
import { resolve } from 'node:path';
import { formatInstant, type Instant, parseInstant } from '@countersign/core';
import { withReader } from '../compose/trust.ts';
import { counted } from '../counted.ts';
import { CommandError, UsageError } from '../errors.ts';
import { failureOf } from '../failure.ts';
import { typedGun } from '../names.ts';
import type { Outcome } from '../output.ts';
import type { Call } from '../tree/spec.ts';
import { collectSet } from './collect.ts';
import { readState, type State } from './mirror-state.ts';
import { placeSet } from './place-set.ts';
import { inServedFolder } from './served-folder.ts';
import { writeSidecars } from './sidecars.ts';

export interface Round {
  readonly outcome: Outcome;
  /** The first failure; its code is the exit status. */
  readonly error: Error | undefined;
}

interface Line {
  readonly gun: string;
  readonly ok: boolean;
  readonly timestamp?: number | undefined;
  readonly expires?: string | undefined;
  readonly written?: number;
  readonly removed?: number;
  readonly code?: string;
  readonly message?: string;
}

// Half of what is left when a server signs timestamps anew.
const WARN = 24 * 60 * 60_000;

export async function mirrorRound(call: Call): Promise<Round> {
  const { world, given, output } = call;
  const to = given.text('to');
  if (to === undefined) throw new UsageError('bad-arguments', '--to: wanted the folder that is served');
  const root = resolve(world.cwd, to);
  const guns = [...new Set(given.repeatedArgument('gun').map((name) => typedGun(name, call)))];
  if (guns.length === 0) throw new UsageError('bad-arguments', 'wanted the names of repositories');
  const lines: Line[] = [];
  let error: Error | undefined;
  for (const gun of guns) {
    let home = '';
    try {
      lines.push(
        await withReader(call, gun, async (trust) => {
          if (trust.dialect.name !== 'tuf')
            throw new UsageError('bad-arguments', `${gun}: wanted a repository of TUF, and it is of Notary`);
          home = trust.dialect.home(gun).replace(/^\//, '');
          const trusted = await trust.client.refresh(gun);
          const set = await collectSet(trust, trusted, world.now());
          const prune = given.flag('prune') ? 'remove-old' : 'keep-all';
          const placed = await inServedFolder(root, () => placeSet(set, { root, home, prune, now: world.now() }));
          return { gun, ok: true, timestamp: set.timestamp.version, expires: timeOf(set.timestamp.expires), ...placed };
        }),
      );
    } catch (thrown) {
      if (thrown instanceof UsageError || (thrown instanceof CommandError && thrown.code === 'interrupted')) throw thrown;
      error ??= thrown instanceof Error ? thrown : new Error(String(thrown));
      const standing = home === '' ? undefined : await standingIn(root, home);
      const { code, message } = failureOf(thrown, { repository: gun });
      output.say(`${gun}: ${message}`);
      lines.push({ gun, ok: false, code, message, timestamp: standing?.timestamp, expires: standing && timeOf(standing.expires) });
    }
  }
  if (lines.some(({ ok }) => ok)) await inServedFolder(root, () => writeSidecars(root));
  for (const { gun, expires } of lines) warn(call, gun, expires);
  const text = lines.map(({ gun, ok, timestamp, expires, message }) =>
    ok ? `${gun}: timestamp v${timestamp}, expires ${expires}` : `${gun}: not refreshed: ${message}`,
  );
  return { outcome: { facts: { folder: root, repositories: lines }, text: text.join('\n') }, error };
}

/** What the mirror goes on serving, where the folder says so: what is wrong with the folder must not hide what failed before. */
async function standingIn(root: string, home: string): Promise<State | undefined> {
  try {
    return await inServedFolder(root, () => readState(root, home));
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

const timeOf = (milliseconds: number): string => formatInstant((Math.floor(milliseconds / 1000) * 1000) as Instant);

/** A mirror goes on serving what it has when its server is away; what it has must not run out unseen. */
function warn({ world, output }: Call, gun: string, expires: string | undefined): void {
  if (expires === undefined) return;
  const left = parseInstant(expires, 'expires') - world.now();
  if (left >= WARN) return;
  const when = left <= 0 ? 'has expired: clients refuse it' : `expires in ${counted(Math.round(left / 3_600_000), 'hour')}`;
  output.say(`warning: the mirrored timestamp of ${gun} ${when}`);
}
