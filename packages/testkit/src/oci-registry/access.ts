// Who may do what: nobody asked, a password, or tokens from a realm on a server of its own, as Docker's token protocol
// has it.
import { randomBytes } from 'node:crypto';
import { type Answer, type Call, json, Refusal } from './answer.ts';

/** How a registry asks for credentials. In every mode but `none`, `username` and `password` are the one account. */
export type RegistryAuth =
  | { readonly mode: 'none' }
  | { readonly mode: 'basic'; readonly username: string; readonly password: string }
  | {
      readonly mode: 'token';
      readonly username: string;
      readonly password: string;
      /** What someone without credentials may do. */
      readonly anonymous: 'pull' | 'nothing';
      /** Seconds; 300 unless given. */
      readonly expiresIn?: number;
      /** An identity token that stands for the account; asked for by POST with `grant_type=refresh_token`. */
      readonly identityToken?: string;
    };

type Grant = (repository: string, action: string) => boolean;

export interface Access {
  /** What the caller may do. Throws a Refusal with a challenge for `scope` when credentials are needed or wrong. */
  check(call: Call, realm: string, repository: string, actions: readonly string[]): Grant;
  /** The realm server's answer. */
  token(call: Call): Answer;
  /** Forgets every token, as a registry does that was restarted. */
  revoke(): void;
}

const basic = (username: string, password: string): string => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

export function createAccess(auth: RegistryAuth): Access {
  const tokens = new Map<string, ReadonlySet<string>>();
  const everything: Grant = () => true;

  function check(call: Call, realm: string, repository: string, actions: readonly string[]): Grant {
    const sent = call.headers.get('authorization');
    if (auth.mode === 'none') return everything;
    if (auth.mode === 'basic') {
      if (sent === basic(auth.username, auth.password)) return everything;
      throw new Refusal(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': 'Basic realm="a test registry"' });
    }
    const scope = repository === '' ? '' : `,scope="repository:${repository}:${actions.join(',')}"`;
    const challenge = `Bearer realm="${realm}",service="a test registry"${scope}`;
    const held = sent === undefined ? undefined : tokens.get(sent.replace(/^Bearer /, ''));
    const granted: Grant = (name, action) => held?.has(`${name}:${action}`) === true;
    if (held === undefined) throw new Refusal(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
    if (repository !== '' && !actions.every((action) => granted(repository, action))) {
      const headers = { 'www-authenticate': `${challenge},error="insufficient_scope"` };
      throw new Refusal(401, 'UNAUTHORIZED', 'access to the resource is denied', headers);
    }
    return granted;
  }

  function token(call: Call): Answer {
    if (auth.mode !== 'token') throw new Refusal(404, 'UNSUPPORTED', 'no tokens here');
    const form = call.method === 'POST' ? new URLSearchParams(new TextDecoder().decode(call.body)) : call.url.searchParams;
    const header = call.headers.get('authorization');
    const byHeader = header === basic(auth.username, auth.password);
    const byForm = form.get('username') === auth.username && form.get('password') === auth.password;
    const byRefresh = auth.identityToken !== undefined && form.get('refresh_token') === auth.identityToken;
    const known = call.method === 'POST' ? byForm || byRefresh : byHeader;
    const claims = call.method === 'POST' || header !== undefined;
    if (claims && !known) throw new Refusal(401, 'UNAUTHORIZED', 'incorrect username or password');
    const allowed = known ? ['pull', 'push', 'delete'] : auth.anonymous === 'pull' ? ['pull'] : [];
    const held = new Set<string>();
    for (const scope of form.getAll('scope').flatMap((text) => text.split(' '))) {
      const [, name = '', actions = ''] = /^repository:(.+):([^:]*)$/.exec(scope) ?? [];
      for (const action of actions.split(',')) {
        for (const right of action === '*' ? allowed : allowed.filter((one) => one === action)) held.add(`${name}:${right}`);
      }
    }
    const value = randomBytes(32).toString('base64url');
    tokens.set(value, held);
    const expires = { expires_in: auth.expiresIn ?? 300, issued_at: new Date().toISOString() };
    const refresh =
      form.get('offline_token') === 'true' && known && auth.identityToken !== undefined ? { refresh_token: auth.identityToken } : {};
    return json(200, { token: value, access_token: value, scope: form.getAll('scope').join(' '), ...expires, ...refresh });
  }

  return { check, token, revoke: () => tokens.clear() };
}
