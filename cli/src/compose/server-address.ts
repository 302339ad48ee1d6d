// Where the trust server of a repository is: the first of six places that says so.
import type { DialectName } from '@countersign/client';
import type { Gun } from '@countersign/core';
import { UsageError } from '../errors.ts';
import { hostOf } from '../host-of.ts';
import type { Output } from '../output.ts';
import type { Given } from '../tree/spec.ts';
import { variable, withoutPassword } from '../variables.ts';
import type { World } from '../world.ts';
import { byPrefix, type Config } from './config.ts';

export interface ServerAddress {
  readonly url: URL;
  /** Who said so, for people. */
  readonly from: string;
  /** Whether it was named. The host of a name is the choice of whoever wrote the name, and gets no token. */
  readonly named: boolean;
}

/** Hosts of names whose trust server has a name of its own, as docker knows them. */
const HUB: Readonly<Record<DialectName, ReadonlyMap<string, string>>> = {
  tuf: new Map(),
  notary: new Map([['docker.io', 'notary.docker.io']]),
};

/** Throws UsageError `no-server`, or `bad-arguments` for what is no URL. `policy` is what the policy file says of this name. */
export function serverAddress(
  world: Pick<World, 'env'>,
  given: Given,
  output: Output,
  config: Config,
  gun: Gun,
  policy: URL | undefined,
  dialect: DialectName,
): ServerAddress {
  // Options and variables never override the policy file.
  if (policy !== undefined) return { url: policy, from: 'the policy file', named: true };
  const said = saidServer(world, given);
  if (said !== undefined) return said;
  const mapped = byPrefix(config.servers, gun);
  if (mapped !== undefined) return { url: mapped.value.url, from: `config.json, ${mapped.prefix}`, named: true };
  const docker = dockerServer(world, output);
  if (docker !== undefined) return docker;
  const host = hostOf(gun);
  if (host === undefined) throw new UsageError('no-server', `nothing says where the trust server of ${gun} is, and its name has no host`);
  return { url: new URL(`https://${HUB[dialect].get(host) ?? host}`), from: 'the host of the name', named: false };
}

/** The server that is named for whatever is asked, for commands about more than one repository. */
export function namedServer(world: Pick<World, 'env'>, given: Given, output: Output): ServerAddress | undefined {
  return saidServer(world, given) ?? dockerServer(world, output);
}

function saidServer(world: Pick<World, 'env'>, given: Given): ServerAddress | undefined {
  const option = given.text('server');
  if (option !== undefined) return { url: urlOf(option, '--server'), from: '--server', named: true };
  const own = variable(world, 'COUNTERSIGN_SERVER');
  return own === undefined ? undefined : { url: urlOf(own, 'COUNTERSIGN_SERVER'), from: 'COUNTERSIGN_SERVER', named: true };
}

function dockerServer(world: Pick<World, 'env'>, output: Output): ServerAddress | undefined {
  const docker = variable(world, 'DOCKER_CONTENT_TRUST_SERVER');
  if (docker === undefined) return undefined;
  output.say('notice: using DOCKER_CONTENT_TRUST_SERVER; set COUNTERSIGN_SERVER instead');
  return { url: urlOf(docker, 'DOCKER_CONTENT_TRUST_SERVER'), from: 'DOCKER_CONTENT_TRUST_SERVER', named: true };
}

function urlOf(text: string, where: string): URL {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) {
    const url = new URL(text);
    if (url.username === '' && url.password === '') return url;
    throw new UsageError('bad-arguments', `${where}: a URL with a user name or password is not used`, {
      next: 'put the token into COUNTERSIGN_TOKEN',
    });
  }
  throw new UsageError('bad-arguments', `${where}: wanted a URL like https://trust.example.com, got ${withoutPassword(text).slice(0, 80)}`);
}
