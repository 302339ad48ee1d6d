// A repository that is served and asked for, while an import continues it by several versions at once.
import { oldRepository } from '@countersign/testkit';
import { afterEach, expect, it } from 'vitest';
import { type Answer, ask, multipart, multipartType } from './testing/ask.ts';
import { closeLaboratories, laboratory, NOON } from './testing/laboratory.ts';

afterEach(closeLaboratories);

const GUN = 'registry.example.com/team/app';

it.each(['memory', 'level'] as const)(
  'a timestamp that is asked for is the newest after an import brought several versions of it, in %s',
  async (kind) => {
    const lab = await laboratory(kind);
    const timestamp = (): Promise<Answer> => ask(`${lab.url}/v2/${GUN}/_trust/tuf/timestamp.json`);
    const bring = (files: Iterable<readonly [string, Uint8Array]>): Promise<Answer> =>
      ask(`${lab.url}/_countersign/v1/repositories/${GUN}/import?unsafe-trust-first-root=true`, {
        method: 'POST',
        headers: { 'content-type': multipartType },
        body: multipart([...files]),
      });
    const moving = await oldRepository({ gun: GUN, now: NOON });
    await moving.publish({ entry: 'v1' });
    expect((await bring(moving.files)).status).toBe(200);
    expect((await timestamp()).body.equals(moving.newest('timestamp'))).toBe(true);
    for (const entry of ['v2', 'v3', 'v4']) await moving.publish({ entry });
    expect((await bring(moving.files)).status).toBe(200);
    const versions: number[] = [];
    for (let n = 0; n < 3; n += 1) versions.push(JSON.parse((await timestamp()).body.toString()).signed.version);
    const newest = JSON.parse(Buffer.from(moving.newest('timestamp')).toString()).signed.version;
    expect(versions).toEqual([newest, newest, newest]);
  },
);
