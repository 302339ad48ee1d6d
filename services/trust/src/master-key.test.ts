import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { closeLaboratories, laboratory } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

describe('the master key', () => {
  it('that is missing is never made anew beside a store that has repositories', async () => {
    const lab = await laboratory('level');
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    await lab.close();
    const [path, away] = [join(lab.folder, 'data', 'master.key'), join(lab.folder, 'away')];
    await rename(path, away);
    await expect(lab.restart()).rejects.toMatchObject({ name: 'KeyError', code: 'not-found', details: { path } });
    await rename(away, path);
    await lab.restart();
  });

  it('of another server is refused beside this store', async () => {
    const other = await laboratory('level');
    const lab = await laboratory('level');
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    await lab.close();
    const path = join(lab.folder, 'data', 'master.key');
    await rm(path);
    await rename(join(other.folder, 'data', 'master.key'), path);
    await expect(lab.restart()).rejects.toMatchObject({ name: 'StartError', code: 'wrong-master-key' });
  });
});
