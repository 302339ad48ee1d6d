import { createHttp, type HttpReply } from '@countersign/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from './testing/machine.ts';
import { type Town, town } from './testing/town.ts';

/** A network on which every upload is answered with this status. */
const answering =
  (status: number): NonNullable<Machine['http']> =>
  (options) => {
    const http = createHttp(options);
    return {
      ...http,
      async send(request): Promise<HttpReply> {
        if (request.method !== 'POST') return http.send(request);
        const { body: _uploaded, ...rest } = request;
        return { ...(await http.send({ ...rest, method: 'GET' })), status };
      },
    };
  };

describe('a new key', () => {
  let place: Town;
  let publisher: Machine;
  beforeEach(async () => {
    place = await town();
    publisher = place.publisher;
  });
  afterEach(() => place.close());

  const labels = async (): Promise<readonly string[]> => {
    const { json } = await publisher.run('key', 'list', '--output', 'json');
    return (json['keys'] as { label: string }[]).map(({ label }) => label).sort();
  };

  it('is gone when the server refused what it was made for', async () => {
    publisher.http = answering(422);
    expect((await publisher.run('init', place.gun)).exit).toBe(1);
    expect(await labels()).toEqual([]);
    publisher.http = undefined;
    expect((await publisher.run('init', place.gun)).exit).toBe(0);
    const before = await labels();
    publisher.http = answering(403);
    expect((await publisher.run('key', 'rotate', 'root', place.gun)).exit).toBe(4);
    expect(await labels()).toEqual(before);
  });

  it('stays when nobody can say what became of it', async () => {
    await publisher.run('init', place.gun);
    publisher.http = answering(502);
    const rotated = await publisher.run('key', 'rotate', 'releases', place.gun);
    expect(rotated).toMatchObject({ exit: 20, stderr: expect.stringContaining('the keys are kept in') });
    expect(await labels()).toHaveLength(3);
  });

  it('is called otherwise than the one that it replaces', async () => {
    await publisher.run('init', place.gun);
    await publisher.run('key', 'rotate', 'root', place.gun);
    await publisher.run('key', 'rotate', 'root', place.gun);
    expect(await labels()).toEqual([`repository ${place.gun}`, `root ${place.gun}`, `root v2 ${place.gun}`, `root v3 ${place.gun}`]);
  });
});
