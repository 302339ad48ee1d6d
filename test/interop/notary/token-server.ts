// The token service of a private registry, which says who may do what with which collection: one signed token for each question.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importPKCS8, SignJWT } from 'jose';
import type { Certificate } from './certificates.ts';

export interface Account {
  readonly password: string;
  /** By collection, or `*` for every one: the actions it may ask for. */
  readonly may: Readonly<Record<string, readonly string[]>>;
  /** What is wrong with the tokens that it gets, if anything. */
  readonly token?: { readonly issuer?: string; readonly audience?: string; readonly lifetime?: number; readonly signer?: Certificate };
}

export interface TokenServer {
  readonly realm: string;
  /** `user action,action of collection`, in the order they were granted. */
  readonly granted: string[];
  close(): Promise<void>;
}

export const SERVICE = 'trust.example.com';
export const ISSUER = 'tokens.example.com';

/** Serves on loopback. The account `anonymous` is for those who say no name. */
export async function startTokenServer(signer: Certificate, accounts: Readonly<Record<string, Account>>): Promise<TokenServer> {
  const granted: string[] = [];
  const server = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://loopback');
    const [user = '', password] = Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64')
      .toString('utf8')
      .split(':');
    const account = accounts[user === '' ? 'anonymous' : user];
    if (account === undefined || (user !== '' && account.password !== password)) {
      response.writeHead(401).end();
      return;
    }
    const access = searchParams.getAll('scope').flatMap((scope) => {
      const [, type, name = '', asked = ''] = /^(\w+):(.+):([^:]*)$/.exec(scope) ?? [];
      const actions = asked.split(',').filter((action) => (account.may[name] ?? account.may['*'] ?? []).includes(action));
      granted.push(`${user === '' ? 'anonymous' : user} ${actions.join(',')} of ${name}`);
      return [{ type, name, actions }];
    });
    const token = await signToken(account.token?.signer ?? signer, user, access, account.token ?? {});
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    granted,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function signToken(
  by: Certificate,
  subject: string,
  access: readonly object[],
  wrong: NonNullable<Account['token']>,
): Promise<string> {
  const certificate = new X509Certificate(await readFile(by.cert));
  const alg = certificate.publicKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ access })
    .setProtectedHeader({ alg, typ: 'JWT', x5c: [certificate.raw.toString('base64')] })
    .setIssuer(wrong.issuer ?? ISSUER)
    .setAudience(wrong.audience ?? SERVICE)
    .setSubject(subject)
    .setJti(`${now}-${Math.random()}`)
    .setIssuedAt(now)
    .setNotBefore(now - 1)
    .setExpirationTime(now + (wrong.lifetime ?? 300))
    .sign(await importPKCS8(await readFile(by.key, 'utf8'), alg));
}
