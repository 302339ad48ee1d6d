// All repositories of one trust server, as one machine knows them: what the server lists, and what was pinned or seen here. The list is
// the server's word; a pin and a memory are not, so a name that is known here and missing there is a question, never an absence.
import { anchorFor, type Policy, type RepositoryName, type TrustClient } from '@countersign/client';
import { type Gun, parseGun } from '@countersign/core';
import { askedHttp } from '../compose/asked-http.ts';
import { byPrefix, type Config, readConfig } from '../compose/config.ts';
import { openHttp } from '../compose/network.ts';
import { openClient } from '../compose/open-client.ts';
import { pinStore } from '../compose/pins.ts';
import { readPolicy } from '../compose/policy.ts';
import { namedServer } from '../compose/server-address.ts';
import { authorizationFor } from '../compose/trust.ts';
import { UsageError } from '../errors.ts';
import { type Folders, foldersOf } from '../folders.ts';
import { seenRepositories } from '../known-names.ts';
import type { Call } from '../tree/spec.ts';
import { variable } from '../variables.ts';

export interface Fleet {
  readonly client: TrustClient;
  readonly folders: Folders;
  readonly server: URL;
  /** Names that were pinned or seen on this machine, and that nothing says another server keeps. */
  readonly known: ReadonlySet<Gun>;
  /** The part of the fleet that is meant: a name, or the first segments of names. */
  readonly below: string | undefined;
  /** Whether something is believed of a name beside what the server shows. */
  isPinned(gun: Gun): Promise<boolean>;
}

/** Opens everything, does the work, closes everything. Throws UsageError `no-server`. */
export async function withFleet<Result>(call: Call, work: (fleet: Fleet) => Promise<Result>): Promise<Result> {
  const { world, given } = call;
  // Whoever set it means another kind of repository, and would be told that there is nothing to do.
  if (variable(world, 'COUNTERSIGN_DIALECT') === 'notary') {
    throw new UsageError('bad-arguments', 'fleet works on repositories of TUF, and COUNTERSIGN_DIALECT says notary', {
      next: 'unset it for the fleet; repositories of Notary are changed one by one',
    });
  }
  const folders = foldersOf(world, given.text('trust-dir'));
  const config = readConfig(folders.config);
  const policy = readPolicy(world, folders.config);
  const server = namedServer(world, given, call.output);
  if (server === undefined) throw new UsageError('no-server', 'nothing says which trust server holds the fleet');
  const pins = pinStore(folders, 'tuf');
  const below = given.text('below');
  const anchor = async (gun: Gun) =>
    anchorFor(gun, {
      policy,
      storedPin: await pins.read(gun),
      // A pin of the environment is for the one name of a command.
      environmentPin: undefined,
      otherwise: given.flag('unsafe-first-use') ? ('unsafe-first-use' as const) : ('refuse' as const),
    });
  const http = openHttp(world, given, config);
  const client = openClient(world, folders, {
    server: server.url,
    authorization: authorizationFor(server, call),
    http: askedHttp(http, 'trust server'),
    anchor,
    ask: 'unless-offline',
  });
  // What was signed with the pin of a variable has no pin here, and a server that leaves it out must not be believed either.
  const names = [...[...(await pins.list()), ...seenRepositories(folders, call.output)].flatMap(ofTuf), ...namesOfPolicy(policy)];
  const known = new Set(names.filter((gun) => isBelow(gun, below) && isAt(gun, server.url, config, policy)));
  try {
    const isPinned = async (gun: Gun): Promise<boolean> => (await anchor(gun)).pins.length > 0;
    return await work({ client, folders, server: server.url, known, below, isPinned });
  } finally {
    client.close();
    http.close();
  }
}

/** The fleet is what one server lists: repositories of TUF. */
const ofTuf = ({ gun, dialect }: RepositoryName): readonly Gun[] => (dialect === 'tuf' ? [gun] : []);

/** By whole segments: `a.example/team` means `a.example/team/app`, and not `a.example/teams`. */
export const isBelow = (gun: Gun, below: string | undefined): boolean =>
  below === undefined || gun === below || gun.startsWith(below.endsWith('/') ? below : `${below}/`);

/** Rules that pin one name and no pattern. */
function namesOfPolicy(policy: Policy | undefined): readonly Gun[] {
  const rules = policy?.rules ?? [];
  return rules.flatMap((rule) =>
    rule.action === 'verify' && rule.pins.length > 0 && !rule.match.includes('*') ? [parseGun(rule.match)] : [],
  );
}

/** Whether nothing says that the repository is kept by another server. */
function isAt(gun: Gun, server: URL, config: Config, policy: Policy | undefined): boolean {
  const rule = policy?.rules.find(({ match, action }) => action === 'verify' && match === gun);
  const home = (rule?.action === 'verify' ? rule.server : undefined) ?? byPrefix(config.servers, gun)?.value.url;
  return home === undefined || home.href === server.href;
}
