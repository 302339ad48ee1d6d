// Where a registry may send us for a token. The realm in its challenge is a URL of the registry's choosing: a hostile or
// hijacked registry names its own server there and collects the password that was meant for someone else.
import { excerpt } from '@countersign/core';
import { RegistryError } from './errors.ts';

/** For each registry host, `name[:port]` of the servers that may see its credentials beside itself. */
export type Realms = ReadonlyMap<string, readonly string[]>;

/** The realms of public registries that are not at the registry's own name. */
export const PUBLIC_REALMS: Realms = new Map([
  ['docker.io', ['auth.docker.io']],
  ['registry.gitlab.com', ['gitlab.com']],
]);

export interface RealmQuestion {
  /** The host of the image reference. */
  readonly host: string;
  /** What the registry answered from. */
  readonly registry: URL;
  /** As the challenge has it. */
  readonly realm: string;
  readonly carries: 'credentials' | 'nothing';
}

/**
 * The realm as a URL, if it may be asked. Credentials go to the registry's own host (on any port) and to listed ones; someone
 * without credentials may be sent anywhere, over https. Plain http is only for a registry that speaks it itself, which the
 * HTTP client in turn allows on loopback. Throws RegistryError `bad-realm`.
 */
export function checkRealm({ host, registry, realm, carries }: RealmQuestion, realms: Realms): URL {
  const refuse = (reason: string): RegistryError => new RegistryError('bad-realm', `${host}: its token realm ${reason}`);
  if (!URL.canParse(realm)) throw refuse(`is no URL, got ${excerpt(realm)}`);
  const url = new URL(realm);
  if (url.username !== '' || url.password !== '' || url.hash !== '') throw refuse('has a user name, a password or a fragment');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && registry.protocol === 'http:'))
    throw refuse(`is not on https, got ${excerpt(url.protocol)}`);
  const own = url.hostname === registry.hostname;
  if (carries === 'credentials' && !own && !(realms.get(host) ?? []).includes(url.host)) {
    throw refuse(`${excerpt(url.host)} is neither its own host nor listed for it, so it gets no credentials`);
  }
  return url;
}

/** Remembers the realm of each registry: one that changes while we run has been taken over, or is being probed with. */
export function createRealmMemory(): (host: string, realm: string) => void {
  const first = new Map<string, string>();
  return (host, realm) => {
    const known = first.get(host);
    if (known === undefined) first.set(host, realm);
    else if (known !== realm)
      throw new RegistryError('bad-realm', `${host}: its token realm changed, first ${excerpt(known)}, now ${excerpt(realm)}`);
  };
}
