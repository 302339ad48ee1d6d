// Answering a registry's demand for credentials, and remembering the answer for as long as it is good.
import type { HttpClient, HttpReply } from '@countersign/http';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credential, CredentialSource } from './credentials/credential.ts';
import { RegistryError, statusError } from './errors.ts';
import { checkRealm, createRealmMemory, type Realms } from './realm.ts';
import { basicHeader, fetchToken } from './token.ts';

/** What a request wants to do. */
export interface Purpose {
  readonly host: string;
  readonly repository: string;
  readonly actions: 'pull' | 'pull,push';
}

export interface Authorizer {
  /** The Authorization header that served this purpose before, while it is good. */
  known(purpose: Purpose): string | undefined;
  /** A header that answers the challenge in `reply`, a 401 to a request that carried `sent`. Throws RegistryError. */
  answer(purpose: Purpose, reply: HttpReply, sent: string | undefined): Promise<string>;
}

export interface AuthorizerOptions {
  readonly http: HttpClient;
  readonly credentials: CredentialSource;
  readonly realms: Realms;
  readonly now: () => number;
}

interface Held {
  readonly header: string;
  /** On the clock of `now`. */
  readonly until: number;
}

const purposeKey = ({ host, repository, actions }: Purpose): string => JSON.stringify([host, repository, actions]);

export function createAuthorizer({ http, credentials, realms, now }: AuthorizerOptions): Authorizer {
  const headers = new Map<string, Held>();
  const tokens = new Map<string, Held>();
  const rememberRealm = createRealmMemory();

  const fresh = (held: Held | undefined, sent: string | undefined): string | undefined =>
    held !== undefined && now() < held.until && held.header !== sent ? held.header : undefined;

  /** One token serves every purpose with the same realm, service and scope; it is never shown to another registry. */
  async function bearer(
    purpose: Purpose,
    reply: HttpReply,
    challenge: Challenge,
    credential: Credential | undefined,
    sent: string | undefined,
  ): Promise<Held> {
    const { host, repository, actions } = purpose;
    if (credential?.kind === 'registry-token') return { header: `Bearer ${credential.token}`, until: Number.POSITIVE_INFINITY };
    const realmText = challenge.parameters.get('realm') ?? '';
    const carries = credential === undefined ? 'nothing' : 'credentials';
    const realm = checkRealm({ host, registry: reply.url, realm: realmText, carries }, realms);
    rememberRealm(host, realmText);
    const service = challenge.parameters.get('service');
    const scope = `repository:${repository}:${actions}`; // what we want, not what the registry would like us to ask for
    const key = JSON.stringify([host, realm.href, service, scope]);
    const held = tokens.get(key);
    if (held !== undefined && fresh(held, sent) !== undefined) return held;
    const asked = now();
    const referral = { url: reply.url, address: reply.address };
    const token = await fetchToken(http, { host, realm, service, scope, credential, referral });
    const until = asked + token.lifetime * 900; // nine tenths of it, in milliseconds
    const issued = { header: `Bearer ${token.value}`, until };
    tokens.set(key, issued);
    return issued;
  }

  function basic(host: string, credential: Credential | undefined): Held {
    if (credential === undefined)
      throw new RegistryError('auth', `${host}: wants a user name and a password, and none is stored here for it`);
    if (credential.kind !== 'password')
      throw new RegistryError('auth', `${host}: wants a password, and only a token is stored here for it`);
    return { header: basicHeader(host, credential.username, credential.password), until: Number.POSITIVE_INFINITY };
  }

  async function answer(purpose: Purpose, reply: HttpReply, sent: string | undefined): Promise<string> {
    const { host, repository } = purpose;
    const challenges = parseChallenges(reply.headers.get('www-authenticate') ?? '');
    const wanted = challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges.find(({ scheme }) => scheme === 'basic');
    if (wanted === undefined) throw statusError(host, reply);
    const credential = await credentials.credentialFor(host, repository);
    const held = wanted.scheme === 'bearer' ? await bearer(purpose, reply, wanted, credential, sent) : basic(host, credential);
    if (held.header === sent) throw statusError(`${host}/${repository}`, reply);
    headers.set(purposeKey(purpose), held);
    return held.header;
  }

  return { known: (purpose) => fresh(headers.get(purposeKey(purpose)), undefined), answer };
}
