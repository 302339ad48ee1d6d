import { SNAPSHOT, TIMESTAMP, tuf } from '@countersign/core';
import { StoreError } from '@countersign/store';
import { afterEach, describe, expect, it } from 'vitest';
import { ask } from './testing/ask.ts';
import { refreshed } from './testing/client.ts';
import { closeLaboratories, DAY, HOUR, laboratory } from './testing/laboratory.ts';
import { newPublisher, type Publisher } from './testing/publisher.ts';
import { stubbornStore } from './testing/stubborn-store.ts';

afterEach(closeLaboratories);

const timestampOf = async (owner: Publisher) =>
  tuf.parse('timestamp', TIMESTAMP, (await owner.get('timestamp.json')).body, owner.env).content;
const recordsOf = async (url: string) => {
  const { body } = await ask(`${url}/_countersign/v1/repositories/registry.example.com/team/app/records`);
  return body
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
};

describe.each(['memory', 'level'] as const)('a timestamp on a store in %s', (kind) => {
  it('is signed anew from half of its life on, once for all who ask', async () => {
    const lab = await laboratory(kind);
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    lab.forward(36 * HOUR - 2000);
    expect((await timestampOf(owner)).version).toBe(1);
    lab.forward(2000);
    const seen = await Promise.all(Array.from({ length: 20 }, () => timestampOf(owner)));
    expect(new Set(seen.map(({ version }) => version))).toEqual(new Set([2]));
    expect((await timestampOf(owner)).expires - lab.now()).toBe(3 * DAY);
    expect((await owner.get('1.timestamp.json')).status).toBe(200);
    expect((await owner.get('2.snapshot.json')).status).toBe(404);
    expect(await recordsOf(lab.url)).toHaveLength(1);
    await refreshed(owner);
  });

  it('takes its snapshot along from half of that life on, and the record tells of it', async () => {
    const lab = await laboratory(kind);
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    lab.forward(8 * DAY);
    const timestamp = await timestampOf(owner);
    expect([timestamp.version, timestamp.snapshot.version, timestamp.binding?.record?.seq]).toEqual([2, 2, 2]);
    const [first, second] = await recordsOf(lab.url);
    expect(second).toMatchObject({ seq: 2, kind: 'refresh', changed: ['snapshot'], root: first.root, targets: first.targets });
    const snapshot = tuf.parse('snapshot', SNAPSHOT, (await owner.get('snapshot.json')).body, owner.env).content;
    expect([...snapshot.meta.keys()].sort()).toEqual(['releases', 'targets']);
    expect(snapshot.expires - lab.now()).toBe(14 * DAY);
    await refreshed(owner);
  });

  it('is signed anew after it expired unseen, and publishing goes on from there', async () => {
    const lab = await laboratory(kind);
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    lab.forward(100 * DAY);
    await refreshed(owner);
    const { body } = await owner.get('releases.json');
    expect((await owner.post(await owner.tagged(body, 'v2'))).status).toBe(200);
    expect((await timestampOf(owner)).version).toBe(3);
    await refreshed(owner);
  });

  it('is signed anew when only the snapshot is asked for', async () => {
    const lab = await laboratory(kind);
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    lab.forward(8 * DAY);
    expect((await owner.get('snapshot.json')).body.includes('"version":2')).toBe(true);
  });
});

describe('when the store refuses writes', () => {
  it('the stored timestamp is served until it expires, and 503 from then on', async () => {
    const store = stubbornStore();
    const lab = await laboratory(store);
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    const { body } = await owner.get('timestamp.json');
    store.before = async () => {
      throw new StoreError('unavailable', 'the disk is full');
    };
    lab.forward(2 * DAY);
    for (let read = 0; read < 3; read += 1) expect((await owner.get('timestamp.json')).body.equals(body)).toBe(true);
    expect(lab.fatal).toHaveLength(1);
    lab.forward(DAY - 1);
    expect((await owner.get('timestamp.json')).status).toBe(200);
    lab.forward(1);
    const late = await owner.get('timestamp.json');
    expect([late.status, late.problem.code]).toEqual([503, 'expired']);
    expect((await owner.get('1.root.json')).status).toBe(200);
  });

  it('a publish is told so, and the one who runs the server too, once', async () => {
    const store = stubbornStore();
    const lab = await laboratory(store);
    const owner = newPublisher(lab, lab);
    const first = await owner.first();
    store.before = async () => {
      throw new StoreError('unavailable', 'the disk is full');
    };
    const answers = await Promise.all([owner.post(first), owner.post(first)]);
    expect(answers.map(({ status, problem }) => [status, problem.code])).toEqual([
      [503, 'unavailable'],
      [503, 'unavailable'],
    ]);
    expect(lab.fatal.map((error) => error.message)).toEqual(['the disk is full']);
    store.before = async () => undefined;
    expect((await owner.post(first)).status).toBe(503);
    expect((await ask(`${lab.url}/_countersign/v1/health`)).status).toBe(503);
  });

  it('a failure that leaves no doubt is tried again later', async () => {
    const store = stubbornStore();
    const lab = await laboratory(store);
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    store.before = async () => {
      throw new Error('for a moment');
    };
    lab.forward(2 * DAY);
    expect((await timestampOf(owner)).version).toBe(1);
    store.before = async () => undefined;
    lab.forward(500);
    expect((await timestampOf(owner)).version).toBe(1);
    lab.forward(500);
    expect((await timestampOf(owner)).version).toBe(2);
    expect(lab.fatal).toEqual([]);
  });
});

it('does not make readers wait for a publish under way', async () => {
  const store = stubbornStore();
  const lab = await laboratory(store);
  const owner = newPublisher(lab, lab);
  await owner.post(await owner.first());
  const { body } = await owner.get('releases.json');
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    store.before = async () => {
      resolve();
      store.before = async () => undefined;
      await held;
    };
  });
  const publishing = owner.tagged(body, 'v2').then((parts) => owner.post(parts));
  await reached;
  lab.forward(2 * DAY);
  expect((await timestampOf(owner)).version).toBe(2);
  release();
  // The publish was made against the timestamp before: it is judged once more, and wins.
  expect((await publishing).status).toBe(200);
  expect((await timestampOf(owner)).version).toBe(3);
  await refreshed(owner);
});

it('tries a publish again only as often as somebody may come between', async () => {
  const store = stubbornStore();
  const lab = await laboratory(store);
  const owner = newPublisher(lab, lab);
  const first = await owner.first();
  let attempts = 0;
  store.before = async () => {
    attempts += 1;
    throw new StoreError('conflict', 'the head moved');
  };
  const answer = await owner.post(first);
  expect([answer.status, answer.problem.code, attempts]).toEqual([409, 'conflict', 5]);
});
