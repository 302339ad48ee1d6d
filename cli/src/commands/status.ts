// `status`: the expiry radar. What expires when in every repository that this machine knows, who can renew it, and what is late. One
// repository that cannot be read is shown as such, beside the others.
import type { RepositoryName } from '@countersign/client';
import { CountersignError, formatInstant, shortFingerprint } from '@countersign/core';
import { type KeyEntry, keyFolder } from '@countersign/signers';
import type { Trust } from '../compose/opened.ts';
import { withTrust } from '../compose/trust.ts';
import { dialectOf } from '../dialect.ts';
import { CommandError, UsageError } from '../errors.ts';
import { failureOf } from '../failure.ts';
import { foldersOf } from '../folders.ts';
import { knownRepositories } from '../known-names.ts';
import { typedGun } from '../names.ts';
import { renewalCommand } from '../renewals.ts';
import { table } from '../table.ts';
import type { Call, Handler } from '../tree/spec.ts';
import { isServers, recalledRoles, type Watch, type WatchedRole, wantsAction, watchedRoles } from '../watched-roles.ts';

/** What is known of one repository. */
interface Standing extends RepositoryName {
  /** `now`: as the server shows it. `last`: as this machine saw it before, because of `error`. */
  readonly seen: 'now' | 'last';
  readonly roles: readonly WatchedRole[];
  readonly error: Error | undefined;
}

type Local = ReadonlyMap<string, KeyEntry>;

export const statusCommand: Handler = async (call) => {
  const { world, given, output } = call;
  const folders = foldersOf(world, given.text('trust-dir'));
  const named = [...new Set(given.repeatedArgument('gun').map((text) => typedGun(text, call)))];
  const repositories =
    named.length > 0 ? named.map((gun) => ({ gun, dialect: dialectOf(call, gun) })) : await knownRepositories(folders, output);
  const watch = { now: world.now(), warnDays: given.whole('warn-days', 0, 3650) ?? 30 };
  const local: Local = new Map((await keyFolder(folders.keys).list()).keys.map((entry) => [entry.key.fingerprint, entry]));
  if (repositories.length === 0) output.say('this machine knows no repository: name one, or pin one with countersign trust pin');
  const one = onePin(call, repositories.length);
  const standings: Standing[] = [];
  for (const repository of repositories) {
    output.progress(`asking for ${repository.gun}`);
    standings.push(await standingOf(one, repository, watch));
  }
  for (const { gun, error, roles } of standings) {
    if (error !== undefined)
      output.say(`${output.paint.red('warning:')} ${gun}: ${error.message}${roles.length === 0 ? '' : '; shown is what was seen last'}`);
  }
  return {
    facts: { warnDays: watch.warnDays, repositories: standings.map((standing) => standingFacts(standing, local)) },
    text: standings.length === 0 ? '' : table([HEAD, ...standings.flatMap((standing) => rowsOf(standing, local))]),
    error: alarm(standings),
  };
};

/** A pin that comes with a command is for its one repository, and would contradict every other. */
function onePin(call: Call, many: number): Call {
  if (many === 1) return call;
  if (call.given.text('root-pin') !== undefined)
    throw new UsageError('bad-arguments', `--root-pin is for one repository, and this is about ${many}`);
  const { COUNTERSIGN_ROOT_PIN: pin, ...env } = call.world.env;
  if (pin !== undefined && pin !== '') call.output.say('notice: COUNTERSIGN_ROOT_PIN is for one repository, and is not used here');
  const world: Call['world'] = Object.create(call.world, { env: { value: env } });
  return { ...call, world };
}

async function standingOf(call: Call, { gun, dialect }: RepositoryName, watch: Watch): Promise<Standing> {
  const failing = async (trust: Trust, error: unknown): Promise<Standing> => ({
    gun,
    dialect,
    seen: 'last',
    roles: await recalledRoles(trust.client, gun, watch),
    error: known(error),
  });
  try {
    return await withTrust(call, { gun, dialect }, 'first-contact', async (trust) => {
      try {
        return { gun, dialect, seen: 'now', roles: await watchedRoles(await trust.client.standing(gun), watch), error: undefined };
      } catch (error) {
        return await failing(trust, error);
      }
    });
  } catch (error) {
    return { gun, dialect, seen: 'last', roles: [], error: known(error) };
  }
}

/** Mistakes of the person end the command; so do those of ours. */
function known(error: unknown): Error {
  if (error instanceof CountersignError && error.name !== 'UsageError' && !(error instanceof CommandError)) return error;
  if (error instanceof UsageError && error.code === 'no-server') return error;
  throw error;
}

/** What is late comes first: it is what this command is for. */
function alarm(standings: readonly Standing[]): Error | undefined {
  const late = standings.flatMap(({ gun, roles }) => roles.filter(wantsAction).map((role) => ({ gun, role })));
  const [first] = late;
  if (first === undefined) return standings.find(({ error }) => error !== undefined)?.error;
  const text = late.map(({ gun, role }) => `${role.role} of ${gun} is ${role.state}`).join('; ');
  const renewal = late.find(({ role }) => !isServers(role.role));
  const next = renewal === undefined ? undefined : `whoever holds the keys: ${renewalCommand(renewal.gun, renewal.role)}`;
  return new CommandError('due', text.slice(0, 400), { details: { late: late.length }, next });
}

const HEAD = ['REPOSITORY', 'ROLE', 'VERSION', 'EXPIRES', 'STATE', 'WHO CAN RENEW IT'];

function rowsOf({ gun, roles, error }: Standing, local: Local): readonly (readonly string[])[] {
  if (roles.length === 0) return [[gun, '-', '-', '-', error === undefined ? 'unknown' : failureOf(error).status, '-']];
  return roles.map((one) => [
    gun,
    one.role,
    one.version === undefined ? '-' : `v${one.version}`,
    one.expires === undefined ? '-' : formatInstant(one.expires),
    one.state === 'ok' && one.warns !== undefined ? `ok until ${formatInstant(one.warns).slice(0, 10)}` : one.state,
    isServers(one.role) ? 'the server' : whoText(one, local),
  ]);
}

/** `1 of alice (0123456789abcdef) here, bob (…)`. */
function whoText({ threshold, keys }: WatchedRole, local: Local): string {
  const names = keys.map(({ fingerprint, name }) => {
    const entry = local.get(fingerprint);
    const called = name ?? entry?.label;
    const short = shortFingerprint(fingerprint);
    return `${called === undefined ? short : `${called} (${short})`}${entry === undefined ? '' : ' here'}`;
  });
  return `${threshold} of ${names.join(', ')}`;
}

function standingFacts({ gun, dialect, seen, roles, error }: Standing, local: Local): object {
  const failure = error && failureOf(error, { repository: gun });
  return {
    gun,
    dialect,
    seen,
    ...(failure === undefined ? {} : { problem: { code: failure.code, status: failure.status, message: failure.message } }),
    roles: roles.map(({ expires, warns, keys, problem, ...role }) => ({
      ...role,
      ...(expires === undefined ? {} : { expires: formatInstant(expires) }),
      ...(warns === undefined ? {} : { warns: formatInstant(warns) }),
      ...(problem === undefined ? {} : { problem }),
      by: isServers(role.role) ? 'server' : 'people',
      keys: keys.map(({ fingerprint, name }) => ({
        fingerprint,
        ...(name === undefined ? {} : { name }),
        here: local.has(fingerprint),
      })),
    })),
  };
}
