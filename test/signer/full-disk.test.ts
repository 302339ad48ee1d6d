// A signing service whose disk is full: it signs nothing that it cannot remember, and signs again by itself. A small file system needs root;
// elsewhere these claims are skipped.
import { rm } from 'node:fs/promises';
import { type Disk, fill, smallDisk } from '@countersign/testkit';
import { beforeEach, expect, it, type TestContext } from 'vitest';
import { Owner, SignedElsewhere } from '../lab/signed-elsewhere.ts';
import { ask, SignerLab } from '../lab/stolen-server.ts';

let disk: Disk;
let site: SignedElsewhere;
let url = '';
beforeEach(async ({ skip }: TestContext) => {
  const found = await smallDisk('16m');
  if ('reason' in found) return skip(found.reason);
  disk = found;
  site = await SignedElsewhere.begin(await SignerLab.start(undefined, disk.path));
  ({ url } = await site.server());
  return async () => {
    await site.end();
    await disk.remove();
  };
});

const health = async (): Promise<unknown> => {
  const { status, body } = await ask(site.signer.url, '/readyz', undefined);
  return [status, body['reasons'] ?? body['status']];
};
const READY = [200, 'ready'];

/** What was signed for a name, by the service's own word. */
async function signed(gun: string): Promise<Readonly<Record<'timestamp' | 'snapshot', { readonly signed: number }>> | undefined> {
  const { body } = await ask(site.signer.url, '/v1/keys', undefined);
  return (body['keys'] as (Awaited<ReturnType<typeof signed>> & { readonly gun: string })[]).find((one) => one.gun === gun);
}

const published = async (): Promise<Owner> => {
  const owner = await Owner.of(url, site.signer.now);
  expect(await owner.post(url)).toMatchObject({ status: 200 });
  return owner;
};

it('signs nothing while it is full, says why, and signs again when there is room, without a restart', async () => {
  const [one, other] = [await published(), await published()];
  expect(await health()).toEqual(READY);
  const filler = await fill(disk.path);
  // Before anybody publishes.
  expect(await health()).toEqual([503, ['disk-full']]);
  // What fits into the last page of a file that is there is signed.
  let version = 1;
  const next = async () => {
    await one.tag(`v${version}`);
    return await one.post(url);
  };
  let said = await next();
  for (; said.status === 200 && version < 20; version += 1) said = await next();
  expect(said).toMatchObject({ status: 503, code: 'signer-unavailable' });
  const before = await signed(one.repository.gun);
  expect(await one.post(url)).toMatchObject({ status: 503, code: 'signer-unavailable' });
  expect(site.signer.lines.findLast(({ path }) => path === '/v1/sign')).toMatchObject({
    status: 503,
    code: 'unavailable',
    trouble: 'disk-full',
    caller: 'CN=trust-1',
  });
  expect(await health()).toEqual([503, ['disk-full']]);
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'not-ready', reasons: ['signer-unreachable'] });
  expect(await signed(one.repository.gun)).toEqual(before);
  expect(await one.served(url, 'timestamp.json')).toMatchObject({ version });

  await rm(filler);
  await expect.poll(health, { timeout: 15_000, interval: 100 }).toEqual(READY);
  expect(await one.post(url)).toMatchObject({ status: 200 });
  await other.tag('v1');
  expect(await other.post(url)).toMatchObject({ status: 200 });
  expect(site.signer.lines.filter(({ msg }) => msg === 'the memory was opened anew: signatures are given again')).toHaveLength(1);
  // What was signed since is there after a start: LevelDB by itself would have left it out behind the write that failed.
  await site.signer.restart();
  for (const [owner, last] of [
    [one, version + 1],
    [other, 2],
  ] as const) {
    expect(await signed(owner.repository.gun)).toMatchObject({ timestamp: { signed: last }, snapshot: { signed: last } });
    await owner.tag('later');
    expect(await owner.post(url)).toMatchObject({ status: 200 });
    expect(await owner.served(url, 'timestamp.json')).toMatchObject({ version: last + 1 });
  }
});
