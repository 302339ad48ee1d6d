import { recordHash } from '@countersign/store';
import { afterEach, expect, it } from 'vitest';
import { ask } from './testing/ask.ts';
import { closeLaboratories, laboratory } from './testing/laboratory.ts';
import { newPublisher, type Publisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

const OTHER = { gun: 'registry.example.com/team/tool', repository: '11'.repeat(16) };

/** Four publishes of one repository, one of another in between, and a deletion. */
async function busy() {
  const lab = await laboratory('level');
  const [app, tool] = [newPublisher(lab, lab), newPublisher(lab, { ...OTHER, now: lab.now })];
  await app.post(await app.first());
  await tool.post(await tool.first());
  for (const tag of ['v1', 'v2', 'v3']) await app.post(await app.tagged((await app.get('releases.json')).body, tag));
  await ask(tool.base, { method: 'DELETE' });
  return { lab, app, tool };
}

const feedOf = async (url: string, query: string) => {
  const answer = await ask(`${url}?${query}`);
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  const feed = JSON.parse(answer.body.toString());
  expect(feed.count).toBe(feed.records?.length ?? 0);
  return (feed.records ?? []) as { ID: string; GUN: string; Version: number; Category: string; SHA256: string; CreatedAt: string }[];
};
const ofApp = (app: Publisher) => app.base.replace('metadata/', 'changefeed');

it('tells of all changes in the shape of a notary changefeed, oldest first', async () => {
  const { lab, app } = await busy();
  const all = await feedOf(`${lab.url}/v2/_trust/changefeed`, 'records=0');
  expect(all.map(({ ID, GUN, Version, Category }) => [ID, GUN.split('/').at(-1), Version, Category])).toEqual([
    ['1', 'app', 1, 'update'],
    ['2', 'tool', 1, 'update'],
    ['3', 'app', 2, 'update'],
    ['4', 'app', 3, 'update'],
    ['5', 'app', 4, 'update'],
    ['6', 'tool', 0, 'deletion'],
  ]);
  const snapshot = await app.get('snapshot.json');
  expect(all[4]).toEqual({
    ID: '5',
    CreatedAt: '2030-01-31T12:00:00Z',
    GUN: app.gun,
    Version: 4,
    SHA256: snapshot.headers.etag?.replaceAll('"', ''),
    Category: 'update',
  });
  expect(all[5]?.SHA256).toBe('');
});

it.each([
  ['records=2', ['1', '2']],
  ['records=2&change_id=', ['1', '2']],
  ['records=2&change_id=0', ['1', '2']],
  ['records=2&change_id=2', ['3', '4']],
  ['records=-2&change_id=4', ['2', '3']],
  ['records=2&change_id=-1', ['3', '4']],
  ['records=-100', ['1', '2', '3', '4']],
  ['records=5&change_id=4', []],
  ['records=0&change_id=3', ['4']],
])('pages through the changes of a repository: %s', async (query, ids) => {
  const { app } = await busy();
  expect((await feedOf(ofApp(app), query)).map(({ ID }) => ID)).toEqual(ids);
});

it.each(['', 'records=', 'records=x', 'records=1.5', 'records=1&change_id=abc'])('refuses the query %s', async (query) => {
  const { app } = await busy();
  const answer = await ask(`${ofApp(app)}?${query}`);
  expect([answer.status, answer.refusal.code]).toEqual([400, 'INVALID_PARAMETERS']);
});

it('gives the bytes of the records, whose chain anybody can check', async () => {
  const { lab, app, tool } = await busy();
  const base = `${lab.url}/_countersign/v1/repositories/${app.gun}/records`;
  const answer = await ask(base);
  expect(answer.headers['content-type']).toBe('application/jsonl');
  const lines = answer.body.toString().split('\n');
  expect(lines.pop()).toBe('');
  let prev = '0'.repeat(64);
  for (const [index, line] of lines.entries()) {
    expect(JSON.parse(line)).toMatchObject({ v: 1, seq: index + 1, prev, gun: app.gun });
    prev = recordHash(Buffer.from(line));
  }
  expect(lines).toHaveLength(4);
  expect((await app.get('timestamp.json')).body.includes(prev)).toBe(true);

  const seqs = async (query: string) =>
    (await ask(`${base}?${query}`)).body
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).seq);
  expect(await seqs('after=1&limit=2')).toEqual([2, 3]);
  expect(await seqs('before=3')).toEqual([2, 1]);
  expect(await seqs('after=4')).toEqual([]);
  for (const query of ['limit=0', 'limit=1001', 'after=-1', 'after=x'])
    expect((await ask(`${base}?${query}`)).problem.code).toBe('invalid-parameters');
  expect((await ask(base.replace('team/app', 'team/none'))).status).toBe(404);
  expect((await ask(base.replace(app.gun, tool.gun))).body.toString().split('\n')).toHaveLength(3);
});
