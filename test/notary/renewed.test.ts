// A timestamp that clients ask for is kept ready over a publish: the answer must be the one that a read of the store gives.
import { afterEach, expect, it } from 'vitest';
import { newOwner } from './owner.ts';
import { closeSites, newSite } from './site.ts';

afterEach(closeSites);

it('a timestamp is answered the same whether the publish made it ready or the store was read', async () => {
  const site = await newSite();
  const owner = await newOwner(site, { snapshot: 'server' });
  await owner.begin();
  await owner.get('timestamp.json');
  site.clock.now = (site.clock.now + 60_000) as typeof site.clock.now;
  expect((await owner.post(await owner.tagged('v1'))).status).toBe(200);
  const ready = await owner.get('timestamp.json');
  expect(ready.headers['x-request-id']).toBeUndefined();
  await site.restart();
  const read = await owner.get('timestamp.json');
  const { 'x-request-id': id, date: _, ...headers } = read.headers;
  expect(id).toBeDefined();
  const { date: __, ...readyHeaders } = ready.headers;
  expect([readyHeaders, ready.body.toString()]).toEqual([headers, read.body.toString()]);
  expect(JSON.parse(ready.body.toString()).signed.version).toBe(2);
  expect(ready.headers['last-modified']).toBe(new Date(site.clock.now).toUTCString());
});
