// A real `serve` with a database and a signing service, killed between a signature and the commit of what it was for: whoever is started next
// finishes it, and no version is left out or given twice.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cut, cutBefore, noPostgres, startPostgres, type TestPostgres } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, serve, temporaryFolder } from '../lab/countersign.ts';
import { Owner, SignedElsewhere } from '../lab/signed-elsewhere.ts';

describe.skipIf(noPostgres !== undefined)(noPostgres ?? 'a server that is killed', () => {
  let database: TestPostgres;
  let wire: Cut;
  let site: SignedElsewhere;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: RunningServer;
  let owner: Owner;
  beforeAll(async () => {
    [database, site, folder] = await Promise.all([startPostgres(), SignedElsewhere.begin(), temporaryFolder()]);
    // The server is a process of its own, and goes by the clock of this machine.
    site.signer.now = Date.now();
    wire = await cutBefore(database.host, database.port);
    await writeFile(join(folder.path, 'store.url'), `${await database.freshUrl(wire.port)}\n`);
    server = await begun();
    owner = await Owner.of(server.url, site.signer.now);
  });
  afterAll(async () => {
    await server?.kill('SIGKILL');
    await site?.end();
    await wire?.close();
    await database?.stop();
    await folder?.remove();
  });

  const begun = (): Promise<RunningServer> => {
    const { signer, signerCertificate, signerKey, signerCa } = site.settings();
    const how = ['--signer', signer, '--signer-certificate', signerCertificate, '--signer-key', signerKey, '--signer-ca', signerCa];
    const store = ['--store-file', join(folder.path, 'store.url'), '--log', 'silent'];
    return serve(join(folder.path, 'data'), [...store, ...how.map(String)]);
  };

  const signatures = () => site.signer.lines.filter(({ msg }) => msg === 'signed').map(({ role }) => role);

  /** Posts what is new, and kills the server when its commit is on the way. */
  const killed = async (side: Parameters<Cut['cutAt']>[1]): Promise<void> => {
    // On a connection that is new, a commit is sent as text.
    wire.cutAll();
    wire.mend();
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status, { timeout: 15_000 }).toBe(200);
    const [before, cuts] = [signatures().length, wire.cuts];
    wire.cutAt('commit\0', side, 'stay cut');
    const said = owner.post(server.url).catch(() => 'no answer');
    await expect.poll(() => wire.cuts, { timeout: 15_000 }).toBe(cuts + 1);
    await server.kill('SIGKILL');
    expect(await said).toBe('no answer');
    expect(signatures().slice(before)).toEqual(['snapshot', 'timestamp']);
    wire.mend();
    server = await begun();
  };

  const publish = async (): Promise<void> => expect(await owner.post(server.url)).toMatchObject({ status: 200 });
  const newest = async (): Promise<number> => (await owner.served(server.url, 'timestamp.json')).version;

  it('before its commit arrived, and once it had arrived: the next publish succeeds, and versions have no gap', async () => {
    await publish();
    await owner.rotate(server.url, 'timestamp');
    await publish();
    // The root with the next key of snapshots is signed for, and never stored.
    await owner.rotate(server.url, 'snapshot');
    await killed('before it arrives');
    expect(await newest()).toBe(2);
    await publish();
    await owner.tag('v1');
    await publish();

    await owner.tag('v2');
    await killed('before it is answered');
    expect(await newest()).toBe(5);
    // Whoever asks again is told that it is there.
    expect(await owner.post(server.url)).toMatchObject({ status: 409, code: 'conflict' });
    await owner.tag('v3');
    await publish();

    const reply = await fetch(`${server.url}/_countersign/v1/repositories/${owner.repository.gun}/records`);
    const records = (await reply.text()).trimEnd().split('\n');
    expect(records.map((record) => JSON.parse(record).seq)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const version of [1, 2, 3, 4, 5, 6]) expect(await owner.served(server.url, `${version}.snapshot.json`)).toMatchObject({ version });
    expect(await newest()).toBe(6);
  });
});
