import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Instant, parseGun } from '@countersign/core';
import { newIdentity } from '@countersign/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { eitherAccess, openAccess, parseAccess } from '../access.ts';
import { ask } from '../testing/ask.ts';
import { closeLaboratories, laboratory, NOON, temporaryFolder } from '../testing/laboratory.ts';
import { newPublisher } from '../testing/publisher.ts';
import { bundleOf, later, SETTINGS, tokenOf, x5c, YEAR } from '../testing/tokens.ts';
import { type Authorizer, authorizerOf } from './authorizer.ts';
import { tokenAccess } from './token-access.ts';
import { CATALOG, type Wanted } from './wanted.ts';

afterEach(closeLaboratories);

const issuer = newIdentity({ name: 'issuer', ...YEAR });
const stranger = newIdentity({ name: 'stranger', ...YEAR });
const settings = { ...SETTINGS, realm: 'https://127.0.0.1:14020/token', service: 'notary-test' };
const tokens = tokenAccess(settings, bundleOf(issuer));
const authorize = authorizerOf(tokens);

const app = parseGun('private/app');
const pull: Wanted = { type: 'repository', name: app, actions: ['pull'] };
const push: Wanted = { type: 'repository', name: app, actions: ['push', 'pull'] };
const every: Wanted = { type: 'repository', name: app, actions: ['*'] };

const bearer = async (access: unknown, by = issuer, sub = 'writer') =>
  `Bearer ${await tokenOf({ key: by.key, header: { x5c: x5c(by) }, claims: { access, aud: settings.service, sub } })}`;
const granting = (actions: readonly string[], name = 'private/app', type = 'repository') => bearer([{ type, name, actions }]);

async function refusal(how: Authorizer, authorization: string | undefined, wanted: Wanted, now: Instant = NOON) {
  const decision = await how(authorization, [wanted], now);
  if (decision.allowed) return decision;
  const { status, headers, body } = decision.reply;
  return { status, challenge: headers['WWW-Authenticate'], type: headers['Content-Type'], body: Buffer.from(body).toString() };
}

const START = 'Bearer realm="https://127.0.0.1:14020/token",service="notary-test"';
const entry = (type: string, name: string, action: string): string => `{"Type":"${type}","Class":"","Name":"${name}","Action":"${action}"}`;
const envelope = (...entries: readonly string[]): string =>
  `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":[${entries.join(',')}]}]}\n`;

it('limits are counted for whom a token was given to, and for nobody where anybody gets one', async () => {
  const accountOf = async (sub: string) => (await tokens.identify(await bearer([], issuer, sub), NOON))?.account;
  expect([await accountOf('writer'), await accountOf('')]).toEqual(['subject "writer"', undefined]);
});

describe('who brings no token', () => {
  it.each([
    [CATALOG, 'registry:catalog:*', envelope(entry('registry', 'catalog', '*'))],
    [pull, 'repository:private/app:pull', envelope(entry('repository', 'private/app', 'pull'))],
    [
      push,
      'repository:private/app:push,pull',
      envelope(entry('repository', 'private/app', 'push'), entry('repository', 'private/app', 'pull')),
    ],
    [every, 'repository:private/app:*', envelope(entry('repository', 'private/app', '*'))],
  ])('is told which one to fetch, for %j', async (wanted, scope, body) => {
    const type = 'application/json; charset=utf-8';
    for (const none of [undefined, '', 'Basic d3JpdGVyOnB3', 'Bearer', 'Bearer ', 'Token x'])
      expect(await refusal(authorize, none, wanted)).toEqual({ status: 401, challenge: `${START},scope="${scope}"`, type, body });
  });
});

describe('who brings a token', () => {
  const challenge = (error: string) => ({ status: 401, challenge: `${START},scope="repository:private/app:pull",error="${error}"` });

  it('that is none, or not to be believed, is told so', async () => {
    const expected = challenge('invalid_token');
    for (const header of ['Bearer abc', 'bearer a.b.c', `Bearer ${'a'.repeat(9000)}`, 'Bearer a b', await bearer([], stranger)])
      expect(await refusal(authorize, header, pull)).toMatchObject(expected);
    const good = await granting(['pull']);
    expect(await refusal(authorize, good, pull, later(-3_600_000))).toMatchObject(expected);
    expect(await refusal(authorize, good, pull, later(3_600_000))).toMatchObject(expected);
  });

  it('for something else is told so', async () => {
    const expected = challenge('insufficient_scope');
    const others = [
      bearer([]),
      granting(['push']),
      granting([]),
      granting(['pull'], 'private/app2'),
      granting(['pull'], 'private'),
      granting(['pull'], 'private/*'),
      granting(['pull'], '*'),
      granting(['pull'], 'Private/App'),
      granting(['*'], 'catalog', 'registry'),
      granting(['pull'], 'private/app', 'registry'),
      granting(['PULL']),
    ];
    for (const header of await Promise.all(others)) expect(await refusal(authorize, header, pull)).toMatchObject(expected);
  });

  it('needs all of what the route asks for', async () => {
    expect(await authorize(await granting(['pull', 'push']), [push], NOON)).toEqual({ allowed: true, caller: '"writer"' });
    expect((await authorize(await granting(['push']), [push], NOON)).allowed).toBe(false);
    expect((await authorize(await granting(['push', 'pull']), [every], NOON)).allowed).toBe(false);
    expect((await authorize(await granting(['*']), [every], NOON)).allowed).toBe(true);
    expect((await authorize(await granting(['*']), [push], NOON)).allowed).toBe(true);
    expect((await authorize(await granting(['*']), [push, CATALOG], NOON)).allowed).toBe(false);
    expect((await authorize(await granting(['*'], 'catalog', 'registry'), [CATALOG], NOON)).allowed).toBe(true);
    const both = await bearer([
      { type: 'repository', name: 'private/app', actions: ['push'] },
      { type: 'repository', name: 'private/app', actions: ['pull'] },
    ]);
    expect((await authorize(both, [push], NOON)).allowed).toBe(true);
  });

  it('is remembered until the token ends, and no longer', async () => {
    const header = await granting(['pull']);
    expect(tokens.recall(header, NOON)).toBeUndefined();
    await authorize(header, [pull], NOON);
    expect(tokens.recall(header, NOON)?.may('pull', app)).toBe(true);
    expect(tokens.recall(header, later(359_000))).toBeDefined();
    expect(tokens.recall(header, later(360_000))).toBeUndefined();
    expect(tokens.recall(header, later(-71_000))).toBeUndefined();
    expect((await authorize(header, [pull], later(360_000))).allowed).toBe(false);
  });

  it('is remembered by the whole of it', async () => {
    const header = await granting(['pull']);
    await authorize(header, [pull], NOON);
    expect(tokens.recall(`${header}A`, NOON)).toBeUndefined();
    expect(tokens.recall(header.slice(0, -1), NOON)).toBeUndefined();
  });
});

describe('a name in a challenge', () => {
  it.each([
    ['a b', 'repository:a b:pull'],
    ['a"b\\c', 'repository:a\\"b\\\\c:pull'],
    ['a\r\nSet-Cookie: b', 'repository:a\\r\\nSet-Cookie: b:pull'],
    ['a\x00\x7f\u0085', 'repository:a\\x00\\x7f\\u0085:pull'],
    ['a\u2028\u{e0001}', 'repository:a\\u2028\\U000e0001:pull'],
    ['é', Buffer.from('repository:é:pull').toString('latin1')],
  ])('%j stays in its quotes', async (name, scope) => {
    const wanted = { type: 'repository', name: name as typeof app, actions: ['pull'] } as const;
    expect(await refusal(authorize, undefined, wanted)).toMatchObject({ challenge: `${START},scope="${scope}"` });
  });
});

describe('the same port', () => {
  const sha256 = createHash('sha256').update('secret').digest('hex');
  const list = parseAccess([{ sha256, name: 'ci', guns: ['private/**'], actions: ['pull', 'push'] }], 'access.json');
  const basic = `Basic ${Buffer.from('anyone:secret').toString('base64')}`;

  it('asks an access file, in a way that clients of Notary understand', async () => {
    const byList = authorizerOf(list);
    expect(await byList(basic, [push], NOON)).toEqual({ allowed: true, caller: 'ci' });
    expect(await refusal(byList, undefined, pull)).toMatchObject({ status: 401, challenge: 'Basic realm="countersign", charset="UTF-8"' });
    expect(await refusal(byList, basic, every)).toMatchObject({ status: 401 });
    expect(await refusal(byList, basic, CATALOG)).toMatchObject({ status: 401 });
  });

  it('asks both, and sends strangers to the token server', async () => {
    const both = authorizerOf(eitherAccess(list, tokens));
    expect((await both(basic, [push], NOON)).allowed).toBe(true);
    expect((await both(await granting(['pull']), [pull], NOON)).allowed).toBe(true);
    expect(await refusal(both, undefined, pull)).toMatchObject({ challenge: `${START},scope="repository:private/app:pull"` });
  });

  it('lets everybody in where nothing is asked', async () => {
    expect(await authorizerOf(openAccess)(undefined, [every], NOON)).toEqual({ allowed: true, caller: 'anybody' });
  });
});

describe('a server with tokens', () => {
  it('asks for them at every address of ours as well', async () => {
    const rootCertBundle = join(await temporaryFolder(), 'bundle.pem');
    await writeFile(rootCertBundle, issuer.pem);
    const lab = await laboratory('memory', { notary: { auth: { ...settings, rootCertBundle } } });
    const gun = 'registry.example.com/team/app';
    const owner = newPublisher(lab, { now: lab.now, headers: { authorization: await granting(['pull', 'push'], gun) } });
    expect((await owner.post(await owner.first())).status).toBe(200);
    const get = async (authorization?: string, method = 'GET', file = 'root.json') => {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await ask(`${lab.url}/v2/${gun}/_trust/metadata/${file}`, { method, headers });
      return answer.status;
    };
    const reader = await granting(['pull'], gun);
    const [foreign, forged] = [
      await granting(['pull'], 'other/app'),
      await bearer([{ type: 'repository', name: gun, actions: ['pull'] }], stranger),
    ];
    for (const _ of ['from the store', 'kept ready']) {
      expect(await get(reader)).toBe(200);
      expect(await get()).toBe(401);
      expect(await get(forged)).toBe(401);
      expect(await get(foreign)).toBe(403);
    }
    expect(await get(reader, 'DELETE', '')).toBe(403);
    const refused = await ask(`${lab.url}/v2/${gun}/_trust/metadata/`, { method: 'DELETE' });
    expect(refused.headers['www-authenticate']).toBe(`${START},scope="repository:${gun}:*"`);
    expect((await ask(`${lab.url}/v2/`)).headers['www-authenticate']).toBe(`${START},scope="registry:catalog:*"`);
    lab.forward(3_600_000);
    expect(await get(reader)).toBe(401);
    expect(await get(await granting(['*'], gun), 'DELETE', '')).toBe(401);
  });
});
