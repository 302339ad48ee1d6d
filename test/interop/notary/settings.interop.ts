// What an operator of notary-server has set, as clients notice it: the same file says the same here.
import { it } from 'vitest';
import { type Certificate, makeCertificate } from './certificates.ts';
import { atEachServer } from './servers.ts';

const nothingToClose = async (): Promise<void> => undefined;

atEachServer(
  'gun_prefixes',
  {
    tools: ['notary'],
    prepare: async () => ({ settings: { repositories: { gun_prefixes: ['registry.example.com/team/'] } }, close: nothingToClose }),
  },
  (stage) => {
    it.concurrent('a collection with a prefix of the list is served as any other', async () => {
      await stage.person('inside').notary(['init', 'registry.example.com/team/app', '-p']);
      await stage.person('inside-reader').notary(['list', 'registry.example.com/team/app']);
    });

    it.concurrent('a collection without one is neither begun, nor read, nor deleted', async () => {
      const owner = stage.person('outside');
      for (const gun of ['registry.example.com/teams/app', 'registry.example.com/team', 'docker.io/library/app']) {
        await owner.refused(['init', gun, '-p'], 'trust data unavailable');
        await stage.person('outside-reader').refused(['list', gun], 'does not have trust data');
        await owner.refused(['delete', gun, '--remote'], 'trust data unavailable');
      }
    });
  },
);

let client: Certificate | undefined;
let stranger: Certificate | undefined;

atEachServer(
  'client_ca_file',
  {
    tools: ['notary', 'openssl'],
    prepare: async (folder) => {
      const make = async (name: string, use: 'authority' | 'anything', issuer?: Certificate) =>
        makeCertificate({ folder, name, commonName: name, kind: 'ecdsa', days: 30, use, ...(issuer === undefined ? {} : { issuer }) });
      const authority = await make('clients', 'authority');
      client = await make('client', 'anything', authority);
      stranger = await make('stranger', 'anything', await make('strangers', 'authority'));
      return { settings: { server: { client_ca_file: authority.cert } }, close: nothingToClose };
    },
  },
  (stage) => {
    const shown = (certificate?: Certificate) => ['--tlscert', certificate?.cert ?? '', '--tlskey', certificate?.key ?? ''];

    it('speaks only with those whose certificate its authority issued', async () => {
      const gun = 'registry.example.com/team/app';
      await stage.person('known').notary([...shown(client), 'init', gun, '-p']);
      await stage.person('known-reader').notary([...shown(client), 'list', gun]);
      await stage.person('unknown').refused(['list', gun], 'could not reach');
      await stage.person('stranger').refused([...shown(stranger), 'list', gun], 'could not reach');
    });
  },
);
