// Who is answered with what a publish made ready.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memoryStore } from '@countersign/store';
import { afterEach, expect, it } from 'vitest';
import { ask } from './testing/ask.ts';
import { closeLaboratories, laboratory, temporaryFolder } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';
import { stubbornStore } from './testing/stubborn-store.ts';

afterEach(closeLaboratories);

it('a timestamp that a publish made ready is given to those alone who may read its repository, and kept as shortly as any', async () => {
  const file = join(await temporaryFolder(), 'access.json');
  const rights = { owner: ['registry.example.com/team/**', 'pull', 'push'], other: ['public/**', 'pull'] } as const;
  const entries = Object.entries(rights).map(([token, [guns, ...actions]]) => ({
    sha256: createHash('sha256').update(token).digest('hex'),
    guns: [guns],
    actions,
  }));
  await writeFile(file, JSON.stringify(entries));
  const store = stubbornStore(memoryStore());
  let files = 0;
  store.beforeFile = async () => {
    files += 1;
  };
  const lab = await laboratory(store, { access: file });
  const as = (token: string) => ({ authorization: `Bearer ${token}` });
  const owner = newPublisher(lab, { now: lab.now, headers: as('owner') });
  await owner.post(await owner.first());
  await owner.get('timestamp.json');
  expect((await owner.post(await owner.tagged((await owner.get('releases.json')).body, 'v1'))).status).toBe(200);
  files = 0;
  const status = async (headers: Readonly<Record<string, string>>): Promise<number> =>
    (await ask(`${owner.base}timestamp.json`, { headers })).status;
  expect([await status({}), await status(as('stranger')), await status(as('other'))]).toEqual([401, 401, 403]);
  const ready = await owner.get('timestamp.json');
  expect([ready.status, JSON.parse(ready.body.toString()).signed.version, files]).toEqual([200, 2, 0]);
  expect(ready.headers['cache-control']).toBe('max-age=10');
});
