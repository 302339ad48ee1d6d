// From a call to a client that speaks with the trust server of one repository: the place where folders, configuration, policy,
// pins, network and cryptography meet.
import {
  anchorFor,
  type Policy,
  policyRule,
  type RepositoryName,
  ServerError,
  type TrustClient,
  type TrustReader,
} from '@countersign/client';
import { type Anchor, type Fingerprint, FormatError, type Gun, type Signer, TrustError } from '@countersign/core';
import { FetchError } from '@countersign/http';
import { DIALECTS, dialectOf } from '../dialect.ts';
import { UsageError } from '../errors.ts';
import { type Folders, foldersOf } from '../folders.ts';
import { canAsk } from '../passphrase.ts';
import type { Call } from '../tree/spec.ts';
import { variable } from '../variables.ts';
import { askedHttp } from './asked-http.ts';
import { readConfig } from './config.ts';
import { askAboutRoot } from './first-contact.ts';
import { openHttp } from './network.ts';
import { isOffline, type OpenClient, openClient, openReader } from './open-client.ts';
import type { Trust } from './opened.ts';
import { commandPin, pinStore } from './pins.ts';
import { readPolicy } from './policy.ts';
import { type ServerAddress, serverAddress } from './server-address.ts';

/**
 * `first-contact`: the repository is there and has to be believed. `new`: it is about to begin. `remembered`: what this machine knows
 * of it, without asking anybody.
 */
export type Purpose = 'first-contact' | 'new' | 'remembered';

const NOWHERE: ServerAddress = { url: new URL('https://nowhere.invalid'), from: 'nobody', named: false };

type Work<Client extends TrustReader, Result> = (trust: Trust<Client>) => Promise<Result>;

/** Opens everything, does the work, closes everything. */
export const withTrust = <Result>(
  call: Call,
  which: Gun | RepositoryName,
  purpose: Purpose,
  work: Work<TrustClient, Result>,
): Promise<Result> => withOpened(call, which, purpose, openClient, work);

/** The same for those who only verify. */
export const withReader = <Result>(call: Call, gun: Gun, work: Work<TrustReader, Result>): Promise<Result> =>
  withOpened(call, gun, 'first-contact', openReader, work);

async function withOpened<Client extends TrustReader, Result>(
  call: Call,
  which: Gun | RepositoryName,
  purpose: Purpose,
  open: OpenClient<Client>,
  work: Work<Client, Result>,
): Promise<Result> {
  const { world, given, output } = call;
  const { gun, dialect } = typeof which === 'string' ? { gun: which, dialect: dialectOf(call, which) } : which;
  call.speaksOf(gun);
  const folders = foldersOf(world, given.text('trust-dir'));
  const config = readConfig(folders.config);
  const policy = readPolicy(world, folders.config);
  const rule = policy && policyRule(policy, gun);
  const server = purpose === 'remembered' ? NOWHERE : serverAddress(world, given, output, config, gun, rule?.server, dialect);
  const authorization = purpose === 'remembered' ? undefined : authorizationFor(server, call);
  const plain = openHttp(world, given, config);
  const http = askedHttp(plain, 'trust server');
  const client = open(world, folders, {
    server: server.url,
    authorization,
    http,
    dialect: DIALECTS[dialect],
    anchor: (name) => anchorOf(call, folders, policy, { gun: name, dialect }),
    heldSigners: (keys) => heldSigners(call, folders, keys),
    ask: purpose === 'remembered' ? 'never' : 'unless-offline',
  });
  const trust: Trust<Client> = {
    gun,
    dialect: DIALECTS[dialect],
    client,
    http,
    registryHttp: askedHttp(plain, 'registry'),
    server,
    authorization,
    folders,
    config,
  };
  try {
    if (purpose === 'first-contact' && canAsk(world) && !isOffline(world)) {
      await makeFirstContact(call, trust, await anchorOf(call, folders, policy, { gun, dialect }));
    }
    return await work(trust);
  } catch (error) {
    if (!server.named && purpose !== 'remembered' && isNoTrustServer(error)) {
      output.say(
        `notice: nothing names a trust server for ${gun}, so ${server.url.host} was asked as one; COUNTERSIGN_SERVER or --server names another`,
      );
    }
    if (error instanceof TrustError && error.code === 'untrusted-root') await tellOtherFormat(output, folders, { gun, dialect });
    throw error;
  } finally {
    client.close();
    plain.close();
  }
}

/** Loaded when a publish asks for it: whoever verifies has no use for it. */
async function heldSigners(call: Call, folders: Folders, keys: readonly Fingerprint[]): Promise<readonly Signer[]> {
  const [{ lazySigners }, { secretsOf }] = await Promise.all([import('../lazy-signers.ts'), import('../signing-keys.ts')]);
  return lazySigners(call, folders, new Set(keys), secretsOf(call), 'snapshot');
}

/** What a registry that is no trust server answers with: nothing, a page of its own, or a question for a password. */
function isNoTrustServer(error: unknown): boolean {
  if (error instanceof FetchError) return error.details['asked'] === 'trust server';
  if (error instanceof TrustError) return error.code === 'missing' || (error.code === 'unsigned' && error.details['status'] === 404);
  return error instanceof ServerError || error instanceof FormatError;
}

/** Whoever forgets `--dialect` should not have to ask a publisher for a pin that this machine has. It is told, and never taken. */
async function tellOtherFormat(output: Call['output'], folders: Folders, { gun, dialect }: RepositoryName): Promise<void> {
  const other = dialect === 'tuf' ? 'notary' : 'tuf';
  if ((await pinStore(folders, dialect).read(gun)) !== undefined || (await pinStore(folders, other).read(gun)) === undefined) return;
  output.say(
    `notice: this machine has a pin of ${gun} in the format ${other}, and was asked for ${dialect}; --dialect ${other} says the former`,
  );
}

/** A token is for a server that was named: an image that somebody else chose must not choose where it goes. */
export function authorizationFor({ url, named }: ServerAddress, { world, output }: Call): string | undefined {
  const token = variable(world, 'COUNTERSIGN_TOKEN');
  if (token === undefined) return undefined;
  // No word of it in the message: it is a secret.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UsageError('bad-arguments', 'COUNTERSIGN_TOKEN: wanted letters, digits and signs alone, got white space or others');
  if (named) return `Bearer ${token}`;
  output.say(`notice: COUNTERSIGN_TOKEN is not sent to ${url.host}, because only a name leads there; set COUNTERSIGN_SERVER`);
  return undefined;
}

async function anchorOf(
  { world, given }: Call,
  folders: Folders,
  policy: Policy | undefined,
  { gun, dialect }: RepositoryName,
): Promise<Anchor> {
  return anchorFor(gun, {
    policy,
    dialect: DIALECTS[dialect],
    storedPin: await pinStore(folders, dialect).read(gun),
    environmentPin: commandPin(world, given),
    otherwise: given.flag('unsafe-first-use') ? 'unsafe-first-use' : 'refuse',
  });
}

/** A repository that is neither pinned nor remembered is shown to the person at the terminal, once. Without one it is refused. */
async function makeFirstContact(call: Call, trust: Trust<TrustReader>, anchor: Anchor): Promise<void> {
  if (anchor.pins.length > 0 || anchor.otherwise !== 'refuse') return;
  try {
    await trust.client.refresh(trust.gun);
  } catch (error) {
    // Somebody who is about to renew it has to get that far; everybody else is told by the command itself.
    if (error instanceof TrustError && error.code === 'expired') return;
    // With memory of the repository, a missing pin is never the reason: memory is where the refresh starts then.
    if (!(error instanceof TrustError) || error.code !== 'untrusted-root') throw error;
    await pinStore(trust.folders, trust.dialect.name).write(trust.gun, { pin: await askAboutRoot(call, trust), minimum: {} });
  }
}
