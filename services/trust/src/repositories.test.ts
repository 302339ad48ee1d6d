import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { ask } from './testing/ask.ts';
import { closeLaboratories, laboratory, temporaryFolder } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

const HOST = 'registry.example.com';
const idOf = (index: number): string => index.toString(16).padStart(32, '0');

async function shelf(settings: Readonly<Record<string, unknown>> = {}, headers: Readonly<Record<string, string>> = {}) {
  const lab = await laboratory('memory', settings);
  const names = ['a/one', 'a/two', 'b/three', 'b/gone'];
  const publishers = names.map((name, index) =>
    newPublisher(lab, { gun: `${HOST}/${name}`, repository: idOf(index + 1), now: lab.now, headers }),
  );
  for (const publisher of publishers) await publisher.post(await publisher.first());
  await ask(publishers[3]?.base ?? '', { method: 'DELETE', headers });
  return lab;
}

const list = async (url: string, query = '', headers: Readonly<Record<string, string>> = {}) =>
  JSON.parse((await ask(`${url}/_countersign/v1/repositories${query}`, { headers })).body.toString()) as {
    readonly schema: number;
    readonly repositories: readonly string[];
    readonly next?: string;
  };

it('lists what stands, and not what was deleted', async () => {
  const { url } = await shelf();
  const { schema, repositories, next } = await list(url);
  expect(schema).toBe(1);
  expect([...repositories].sort()).toEqual([`${HOST}/a/one`, `${HOST}/a/two`, `${HOST}/b/three`]);
  expect(next).toBeUndefined();
});

it('goes page by page, each name once', async () => {
  const { url } = await shelf();
  const seen: string[] = [];
  let page = await list(url, '?limit=1');
  for (; page.next !== undefined; page = await list(url, `?limit=1&after=${encodeURIComponent(page.next)}`))
    seen.push(...page.repositories);
  seen.push(...page.repositories);
  expect(seen).toEqual((await list(url)).repositories);
});

it('refuses numbers and names that are none', async () => {
  const { url } = await shelf();
  for (const query of ['?limit=0', '?limit=1001', '?limit=x']) {
    expect((await ask(`${url}/_countersign/v1/repositories${query}`)).problem.code).toBe('invalid-parameters');
  }
  expect((await ask(`${url}/_countersign/v1/repositories?after=UPPER`)).status).toBe(400);
});

it('tells nobody of a repository that they may not read, neither as a name nor as the place to go on', async () => {
  const access = join(await temporaryFolder(), 'access.json');
  const entry = (token: string, guns: readonly string[], actions: readonly string[]) => ({
    sha256: createHash('sha256').update(token).digest('hex'),
    guns,
    actions,
  });
  await writeFile(
    access,
    JSON.stringify([
      entry('owner', ['**'], ['pull', 'push', 'admin']),
      entry('reader', [`${HOST}/a/**`], ['pull']),
      entry('writer', [`${HOST}/b/**`], ['push']),
    ]),
  );
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const { url } = await shelf({ access }, bearer('owner'));
  expect((await ask(`${url}/_countersign/v1/repositories`)).status).toBe(401);
  expect([...(await list(url, '', bearer('reader'))).repositories].sort()).toEqual([`${HOST}/a/one`, `${HOST}/a/two`]);
  const last = await list(url, '?limit=2', bearer('reader'));
  expect(last.repositories).toHaveLength(2);
  expect(last.next).toBeUndefined();
  expect((await list(url, '', bearer('writer'))).repositories).toEqual([]);
});
