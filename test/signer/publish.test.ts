// A trust server whose keys are in a signing service: everything that it signs is signed there, over HTTPS, by the service's own judgement.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Owner, SignedElsewhere } from '../lab/signed-elsewhere.ts';

const DAY = 86_400_000;

describe('a trust server with a signing service', () => {
  let site: SignedElsewhere;
  let url = '';
  let owner: Owner;
  beforeAll(async () => {
    site = await SignedElsewhere.begin();
    ({ url } = await site.server());
    owner = await Owner.of(url, site.signer.now);
  });
  afterAll(() => site.end());

  it('publishes what owners sign', async () => {
    expect(await owner.post(url)).toMatchObject({ status: 200 });
    await owner.tag('v1');
    expect(await owner.post(url)).toMatchObject({ status: 200 });
    expect(await owner.served(url, 'timestamp.json')).toMatchObject({ version: 2 });
  });

  it('signs a timestamp anew when it is read late in its life, and a snapshot with it', async () => {
    site.signer.now += 2 * DAY;
    expect(await owner.served(url, 'timestamp.json')).toMatchObject({ version: 3 });
    site.signer.now += 8 * DAY;
    expect(await owner.served(url, 'timestamp.json')).toMatchObject({ version: 4 });
    expect(await owner.served(url, '3.snapshot.json')).toMatchObject({ version: 3 });
    owner.repository.now = site.signer.now;
    await owner.tag('v2');
    expect(await owner.post(url)).toMatchObject({ status: 200 });
  });

  it('goes over to the next key with the root that names it', async () => {
    await owner.rotate(url, 'timestamp');
    expect(await owner.post(url)).toMatchObject({ status: 200 });
    await owner.tag('v3');
    expect(await owner.post(url)).toMatchObject({ status: 200 });
    expect(site.signer.lines.filter(({ msg, role }) => msg === 'signed' && role === 'timestamp').at(-1)).toMatchObject({ generation: 2 });
  });

  it('tells an owner of a conflict as ever', async () => {
    const parts = [['releases', owner.repository.newest.get('releases' as never)?.bytes ?? new Uint8Array()]] as const;
    expect(await owner.post(url, parts)).toMatchObject({ status: 409, code: 'conflict' });
  });
});
