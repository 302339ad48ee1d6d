// Where the real server leaves its users in the lurch, and this one does not: the same unchanged programs.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeCertificate } from './certificates.ts';
import { sha256 } from './hashes.ts';
import { person } from './notary-program.ts';
import { startOurServer } from './our-server.ts';
import { atEachServer } from './servers.ts';

const ONE = ['3', '--sha256', sha256('one')];

atEachServer('better than the reference', { tools: ['notary', 'openssl'], only: 'ours' }, (stage) => {
  it.concurrent('delete --remote leaves alone the collection whose name only begins the same', async () => {
    const [owner, neighbour] = [stage.person('delete'), stage.person('neighbour')];
    const [gun, next] = ['registry.example.com/delete/app', 'registry.example.com/delete/app-more'];
    await owner.notary(['init', gun, '-p']);
    await neighbour.notary(['init', next, '-p']);
    await owner.notary(['delete', gun, '--remote']);
    await stage.person('neighbour-reader').notary(['list', next]);
    await stage.person('delete-reader').refused(['list', gun], 'does not have trust data');
  });

  it.concurrent.each(['server', 'owner'])(
    'a delegation that was removed comes back under its name, with a snapshot key of the %s',
    async (holder) => {
      const owner = stage.person(`back-${holder}`);
      const gun = `registry.example.com/back-${holder}/app`;
      await owner.notary(['init', gun, '-p']);
      if (holder === 'server') await owner.notary(['key', 'rotate', gun, 'snapshot', '-r']);
      const name = `back-${holder}-alice`;
      const alice = await makeCertificate({ folder: stage.folder, name, commonName: name, kind: 'ecdsa', days: 300, use: 'signing code' });
      await owner.notary(['key', 'import', alice.key, '--role', 'alice']);
      const add = ['delegation', 'add', gun, 'targets/releases', alice.cert, '--all-paths', '-p'];
      const sign = (tag: string) => owner.notary(['addhash', gun, tag, ...ONE, '-r', 'targets/releases', '-p']);
      await owner.notary(add);
      for (const tag of ['v1', 'v2', 'v3']) await sign(tag);
      const warm = stage.person(`back-${holder}-warm`);
      await warm.notary(['list', gun]);
      await owner.notary(['delegation', 'remove', gun, 'targets/releases', '-y', '-p']);
      await owner.notary(add);
      await sign('v4');
      for (const reader of [warm, stage.person(`back-${holder}-fresh`)]) {
        expect((await reader.notary(['list', gun])).match(/^v\d/gm)).toEqual(['v4']);
      }
    },
  );

  it.concurrent('a restart forgets nothing: the keys of the server sign on, and readers notice nothing', async () => {
    const folder = join(stage.folder, 'restarted');
    await mkdir(folder);
    const surroundings = { folder, cert: stage.target.ca, key: join(stage.folder, 'key.pem'), settings: {} };
    const gun = 'registry.example.com/restart/app';
    for (const round of [1, 2, 3]) {
      const server = await startOurServer(surroundings);
      const target = { ...stage.target, url: server.url };
      const [owner, reader] = [person(target, folder, 'owner'), person(target, folder, 'reader')];
      if (round === 1) await owner.notary(['init', gun, '-p']);
      if (round === 1) await owner.notary(['key', 'rotate', gun, 'snapshot', '-r']);
      await owner.notary(['addhash', gun, `v${round}`, ...ONE, '-p']);
      expect((await reader.notary(['list', gun])).match(/^v\d/gm)).toHaveLength(round);
      await server.close();
    }
  });
});
