// Who is not a trust server of this signer gets no signature: most get no connection.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMINISTRATOR,
  ask,
  COLLEAGUE,
  EXPIRED,
  IMPOSTOR,
  SELF_MADE,
  SignerLab,
  StolenServer,
  TRUST_SERVER,
  wanted,
} from '../lab/stolen-server.ts';

let lab: SignerLab;
let server: StolenServer;
beforeAll(async () => {
  lab = await SignerLab.start();
  server = await StolenServer.begin(lab);
});
afterAll(() => lab.stop());

describe('a signer gives no connection', () => {
  it.each([
    ['an authority of the attacker vouches for', IMPOSTOR, 'CERT_SIGNATURE_FAILURE'],
    ['nobody renewed', EXPIRED, 'CERT_HAS_EXPIRED'],
    ['vouches for itself', SELF_MADE, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('for a certificate that %s, and says so in its log', async (_, identity, flaw) => {
    const before = lab.lines.length;
    await expect(ask(lab.url, '/v1/keys', undefined, identity)).rejects.toThrow();
    expect(lab.lines.slice(before)).toMatchObject([{ msg: 'refused', code: 'no-connection', why: `its certificate: ${flaw}` }]);
  });

  it('without a certificate', async () => {
    const before = lab.lines.length;
    await expect(ask(lab.url, '/livez', undefined, 'nobody')).rejects.toThrow();
    expect(lab.lines.slice(before)).toMatchObject([{ msg: 'refused', code: 'no-connection' }]);
  });
});

describe('a signer refuses', () => {
  it('a colleague of the same authority, and names them', async () => {
    const payload = await wanted(server, 'timestamp', server.repository.fork());
    const before = lab.lines.length;
    expect(await server.wish({ role: 'timestamp', payload }, COLLEAGUE)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(lab.lines.slice(before)).toMatchObject([{ msg: 'refused', caller: 'CN=build-7', code: 'forbidden' }]);
  });

  it('a trust server that wants a name to begin anew, or to stop a key in force', async () => {
    const repository = { gun: server.repository.gun, dialect: 'tuf' };
    for (const [path, body] of [
      ['/v1/repositories/release', repository],
      ['/v1/keys/retire', { ...repository, role: 'snapshot', generation: 1 }],
    ] as const) {
      expect(await ask(lab.url, path, body, TRUST_SERVER)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    }
  });

  it('to sign with a key that an administrator retired', async () => {
    const other = await StolenServer.begin(lab, { gun: 'registry.example.com/team/old', repository: 'e'.repeat(32) });
    const retired = { gun: other.repository.gun, dialect: 'tuf', role: 'timestamp', generation: 1 };
    expect(await ask(lab.url, '/v1/keys/retire', retired, ADMINISTRATOR)).toMatchObject({ status: 200 });
    await other.refused({ role: 'timestamp', payload: await wanted(other, 'timestamp', other.repository.fork()) }, 'retired-key');
    await other.refused(
      { role: 'timestamp', generation: 2, payload: await wanted(other, 'timestamp', other.repository.fork()) },
      'wrong-key',
    );
  });

  it.each([
    ['no JSON', 'x'],
    ['a member that nobody knows', { gun: 'a/b', dialect: 'tuf', role: 'snapshot', more: 1 }],
    ['a name that climbs', { gun: '../a', dialect: 'tuf', role: 'snapshot' }],
    ['a dialect that nobody knows', { gun: 'a/b', dialect: 'constructor', role: 'snapshot' }],
  ])('%s', async (_, body) => {
    expect((await ask(lab.url, '/v1/keys/create', body)).status).toBe(400);
  });
});
