// A private trust server: it believes the tokens of one service, and each command asks for no more than it needs.
import { expect, it } from 'vitest';
import { makeCertificate } from './certificates.ts';
import { sha256 } from './hashes.ts';
import type { Circumstances } from './notary-program.ts';
import { atEachServer } from './servers.ts';
import { ISSUER, SERVICE, startTokenServer, type TokenServer } from './token-server.ts';

const ONE = ['3', '--sha256', sha256('one'), '-p'];
const PUBLIC = 'registry.example.com/public/app';
const EVERYTHING = ['pull', 'push', '*'];

let tokens: TokenServer | undefined;
const as = (user: string, password = user): Circumstances => ({
  env: { NOTARY_AUTH: Buffer.from(`${user}:${password}`).toString('base64') },
});

async function prepare(folder: string) {
  const certificate = (name: string, kind: 'rsa' | 'ecdsa') =>
    makeCertificate({ folder, name, commonName: ISSUER, kind, days: 30, use: 'anything' });
  const [signer, stranger] = [await certificate('tokens', 'rsa'), await certificate('stranger', 'rsa')];
  tokens = await startTokenServer(signer, {
    anonymous: { password: '', may: { [PUBLIC]: ['pull'] } },
    owner: { password: 'owner', may: { '*': EVERYTHING } },
    publisher: { password: 'publisher', may: { '*': ['pull', 'push'] } },
    reader: { password: 'reader', may: { '*': ['pull'] } },
    late: { password: 'late', may: { '*': EVERYTHING }, token: { lifetime: -600 } },
    impostor: { password: 'impostor', may: { '*': EVERYTHING }, token: { issuer: 'tokens.example.org' } },
    elsewhere: { password: 'elsewhere', may: { '*': EVERYTHING }, token: { audience: 'trust.example.org' } },
    stranger: { password: 'stranger', may: { '*': EVERYTHING }, token: { signer: stranger } },
  });
  const { realm, close } = tokens;
  const options = { realm, service: SERVICE, issuer: ISSUER, rootcertbundle: signer.cert };
  return { settings: { auth: { type: 'token', options } }, close };
}

atEachServer('a private server', { tools: ['notary', 'openssl'], prepare }, (stage) => {
  const owned = async (name: string, gun = `registry.example.com/${name}/app`) => {
    const owner = stage.person(name);
    await owner.notary(['init', gun, '-p'], as('owner'));
    await owner.notary(['addhash', gun, 'v1', ...ONE], as('owner'));
    return { owner, gun };
  };

  it('asks for the actions of the reference, and no command for more than it needs', async () => {
    const { owner, gun } = await owned('asks');
    tokens?.granted.splice(0);
    await owner.notary(['addhash', gun, 'v2', ...ONE], as('publisher'));
    expect(new Set(tokens?.granted)).toEqual(new Set([`publisher push,pull of ${gun}`]));
    tokens?.granted.splice(0);
    await stage.person('asks-reader').notary(['lookup', gun, 'v2'], as('reader'));
    expect(tokens?.granted).toContain(`reader pull of ${gun}`);
    tokens?.granted.splice(0);
    await owner.notary(['key', 'rotate', gun, 'snapshot', '-r'], as('owner'));
    expect(new Set(tokens?.granted)).toEqual(new Set([`owner * of ${gun}`]));
  });

  it.concurrent('who says no name reads what is public, and nothing else', async () => {
    await owned('public', PUBLIC);
    await stage.person('anybody').notary(['lookup', PUBLIC, 'v1']);
    const { gun } = await owned('private');
    await stage.person('nobody').refused(['lookup', gun, 'v1'], 'not authorized');
    await stage.person('somebody').notary(['lookup', gun, 'v1'], as('reader'));
    await stage.person('guess').refused(['lookup', gun, 'v1'], 'authentication required', as('reader', 'guess'));
  });

  it.concurrent('a reader publishes nothing, and a publisher neither rotates nor deletes', async () => {
    const { owner, gun } = await owned('rights');
    await owner.refused(['addhash', gun, 'v2', ...ONE], 'not authorized', as('reader'));
    await owner.notary(['publish', gun], as('publisher'));
    await owner.refused(['key', 'rotate', gun, 'timestamp', '-r'], 'not authorized', as('publisher'));
    await owner.refused(['delete', gun, '--remote'], 'not authorized', as('publisher'));
    await stage.person('rights-reader').notary(['lookup', gun, 'v2'], as('reader'));
    await owner.notary(['delete', gun, '--remote'], as('owner'));
    await stage.person('rights-late').refused(['lookup', gun, 'v2'], 'does not have trust data', as('reader'));
  });

  it.concurrent.each(['late', 'impostor', 'elsewhere', 'stranger'])('believes no token that is %s', async (user) => {
    const { owner, gun } = await owned(`token-${user}`);
    await stage.person(`token-${user}-reader`).refused(['lookup', gun, 'v1'], 'not authorized', as(user));
    await owner.refused(['addhash', gun, 'v2', ...ONE], 'not authorized', as(user));
    await owner.notary(['reset', gun, '--all']);
    await stage.person(`token-${user}-check`).refused(['lookup', gun, 'v2'], 'No valid trust data for v2', as('reader'));
  });
});
