import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { authorize, parseAccess } from './access.ts';
import { type Answer, ask } from './testing/ask.ts';
import { closeLaboratories, laboratory, NOON, temporaryFolder } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

const hash = (token: string): string => createHash('sha256').update(token).digest('hex');
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (user: string, token: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}` });

const LIST = [
  { sha256: hash('puller'), guns: ['registry.example.com/**'], actions: ['pull'] },
  { sha256: hash('pusher'), name: 'ci', guns: ['registry.example.com/team/*'], actions: ['pull', 'push'] },
  { sha256: hash('admin'), name: 'root', guns: ['**'], actions: ['pull', 'push', 'admin'] },
  { sha256: hash('two'), guns: ['registry.example.com/team/app'], actions: ['pull'] },
  { sha256: hash('two'), guns: ['registry.example.com/team/tool'], actions: ['push'] },
];

async function guarded() {
  const file = join(await temporaryFolder(), 'access.json');
  await writeFile(file, JSON.stringify(LIST));
  const lab = await laboratory('memory', { access: file });
  const owner = newPublisher(lab, { now: lab.now, headers: bearer('pusher') });
  expect((await owner.post(await owner.first())).status).toBe(200);
  const as = (headers: Readonly<Record<string, string>>, path: string, method = 'GET'): Promise<Answer> =>
    ask(lab.url, { path: `/v2/${path}`, method, headers });
  return { lab, owner, as };
}

const APP = 'registry.example.com/team/app/_trust/metadata/';
const outcome = ({ status, problem, refusal }: Answer): unknown => (status === 200 ? 200 : `${status} ${problem.code ?? refusal.code}`);

describe('with an access list', () => {
  it('reads ask for pull, kept ready or not', async () => {
    const { as } = await guarded();
    for (const _ of ['from the store', 'kept ready']) {
      for (const file of ['root.json', '2.root.json', 'timestamp.key', 'nothing.json']) {
        const wanted = file === 'root.json' || file === 'timestamp.key' ? 200 : '404 not-found';
        expect(outcome(await as(bearer('puller'), `${APP}${file}`))).toBe(wanted);
        expect(outcome(await as(basic('anyone', 'puller'), `${APP}${file}`))).toBe(wanted);
        expect(outcome(await as(bearer('two'), `${APP}${file}`))).toBe(wanted);
        expect(outcome(await as({}, `${APP}${file}`))).toBe('401 auth');
        expect(outcome(await as(bearer('nobody'), `${APP}${file}`))).toBe('401 auth');
        expect(outcome(await as(basic('puller', 'x'), `${APP}${file}`))).toBe('401 auth');
      }
    }
  });

  it('asks for credentials in a way that clients understand', async () => {
    const { as } = await guarded();
    const answer = await as({}, `${APP}root.json`);
    expect(answer.headers['www-authenticate']).toBe('Basic realm="countersign", charset="UTF-8"');
  });

  it('writes ask for push, deletions and starting over for admin', async () => {
    const { owner, as } = await guarded();
    expect(outcome(await as(bearer('puller'), APP, 'POST'))).toBe('403 forbidden');
    expect(outcome(await as(bearer('puller'), `${APP}timestamp.key`, 'POST'))).toBe('403 forbidden');
    expect(outcome(await as(bearer('pusher'), `${APP}timestamp.key`, 'POST'))).toBe(200);
    expect(outcome(await as(bearer('pusher'), APP, 'DELETE'))).toBe('403 forbidden');
    expect(outcome(await owner.post([], '?recreate=true'))).toBe('403 forbidden');
    expect(outcome(await as(bearer('admin'), APP, 'DELETE'))).toBe(200);
    expect(outcome(await owner.post([], '?recreate=true', bearer('admin')))).toBe('400 refused-upload');
  });

  it('a name beyond the globs is beyond reach', async () => {
    const { as } = await guarded();
    const deep = 'registry.example.com/team/app/deep/_trust/metadata/';
    expect(outcome(await as(bearer('puller'), `${deep}root.json`))).toBe('404 not-found');
    expect(outcome(await as(bearer('pusher'), `${deep}root.json`))).toBe('403 forbidden');
    expect(outcome(await as(bearer('pusher'), 'other.example.com/team/app/_trust/metadata/root.json'))).toBe('403 forbidden');
    expect(outcome(await as(bearer('two'), 'registry.example.com/team/tool/_trust/metadata/root.json'))).toBe('403 forbidden');
  });

  it('a repository that is called nothing or everything is a repository like others', async () => {
    const { as } = await guarded();
    for (const name of ['nothing', 'everything']) {
      expect(outcome(await as(bearer('puller'), `${name}/_trust/metadata/root.json`))).toBe('403 forbidden');
      expect(outcome(await as(bearer('puller'), `${name}/_trust/metadata/`, 'DELETE'))).toBe('403 forbidden');
    }
  });

  it('the ping wants to know who asks, the health of the server does not, and the whole changefeed is for those who may read all', async () => {
    const { lab, as } = await guarded();
    expect(outcome(await as({}, ''))).toBe('401 UNAUTHORIZED');
    expect(outcome(await as(bearer('two'), ''))).toBe(200);
    expect((await ask(`${lab.url}/_countersign/v1/health`)).status).toBe(200);
    expect(outcome(await as(bearer('puller'), '_trust/changefeed?records=1'))).toBe('401 UNAUTHORIZED');
    expect(outcome(await as(bearer('admin'), '_trust/changefeed?records=1'))).toBe(200);
    expect(outcome(await as({}, 'registry.example.com/team/app/_trust/changefeed?records=1'))).toBe('401 UNAUTHORIZED');
  });
});

describe('an access list', () => {
  it.each([
    ['no list', {}],
    ['a token in place of its hash', [{ ...LIST[0], sha256: 'puller' }]],
    ['an unknown member', [{ ...LIST[0], admin: true }]],
    ['an unknown action', [{ ...LIST[0], actions: ['write'] }]],
    ['no name', [{ ...LIST[0], guns: [] }]],
    ['a missing member', [{ sha256: hash('x'), guns: ['**'] }]],
  ])('is refused with %s', (_, value) => {
    expect(() => parseAccess(value, 'access.json')).toThrowError(expect.objectContaining({ code: 'invalid-config' }));
  });

  it.each(['', 'Bearer', 'Bearer ', 'bearer  ', 'Basic !!', 'Basic cHVsbGVy', 'Token puller', 'Bearer puller extra', 'Digest puller'])(
    'knows nobody by %j',
    async (authorization) => {
      const access = parseAccess(LIST, 'access.json');
      expect(await access.identify(authorization, NOON)).toBeUndefined();
      await expect(authorize(access, authorization, 'pull', '*nothing', NOON)).rejects.toMatchObject({ code: 'auth' });
    },
  );

  it('takes the scheme in any case, and a password with colons', () => {
    const access = parseAccess([{ ...LIST[0], sha256: hash('a:b') }], 'access.json');
    const header = `BASIC ${Buffer.from('user:a:b').toString('base64')}`;
    expect(access.recall(header, NOON)?.name).toBe(`token ${hash('a:b').slice(0, 8)}`);
  });

  it('lets nobody in when it is empty', () => {
    expect(parseAccess([], 'access.json').recall('Bearer x', NOON)).toBeUndefined();
  });
});
