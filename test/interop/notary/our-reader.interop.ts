// Our program reads what the notary program publishes: it lists, verifies, inspects and watches repositories of Notary v1.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pushSampleImage, startRegistry } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { type Machine, machine } from '../../lab/countersign.ts';
import { makeCertificate } from './certificates.ts';
import { sha256 } from './hashes.ts';
import { atEachServer, type Stage } from './servers.ts';

const entry = (text: string): string[] => [String(text.length), '--sha256', sha256(text)];
const FIRST = '--unsafe-first-use';

async function consumer({ target, folder }: Stage): Promise<Machine> {
  const home = await mkdtemp(join(folder, 'consumer-'));
  await mkdir(join(home, 'trust'));
  await writeFile(join(home, 'trust', 'config.json'), JSON.stringify({ schema: 1, caFile: target.ca }));
  return machine(home, target.url, { COUNTERSIGN_DIALECT: 'notary' });
}

const facts = (text: string): Record<string, unknown> => JSON.parse(text.trim().split('\n').at(-1) ?? '');

atEachServer('our reader', { tools: ['notary', 'openssl'] }, (stage) => {
  it.concurrent('lists, verifies, inspects and watches a collection of the notary program', async () => {
    const owner = stage.person('plain');
    const gun = 'registry.example.com/plain/app';
    await owner.notary(['init', gun, '-p']);
    await owner.notary(['addhash', gun, 'v1', ...entry('one'), '-p']);
    const one = await consumer(stage);
    // Without a pin nothing is believed, and a repository of TUF is another one.
    await one.countersign(['list', gun], { exit: 18 });
    await one.countersign(['list', gun, FIRST, '--dialect', 'tuf'], { exit: 10 });
    const { stdout } = await one.countersign(['inspect', gun, FIRST, '--output', 'json']);
    const { pin, bound, dialect } = facts(stdout);
    expect({ bound, dialect }).toEqual({ bound: false, dialect: 'notary' });
    const other = await consumer(stage);
    await other.countersign(['trust', 'pin', gun, String(pin)]);
    expect((await other.countersign(['list', gun])).stdout).toMatch(new RegExp(`^v1 +sha256:${sha256('one')} +3 +targets`));
    const digest = `sha256:${sha256('one')}`;
    expect((await other.countersign(['verify', `${gun}@${digest}`])).stdout.trim()).toBe(`${gun}@${digest}`);
    await other.countersign(['verify', `${gun}@sha256:${sha256('two')}`], { exit: 10 });
    const file = join(stage.folder, 'one.txt');
    await writeFile(file, 'one');
    await other.countersign(['verify', `${gun}:v1`, '--file', file]);
    expect((await other.countersign(['status'])).stdout).toContain('timestamp');
    expect((await other.countersign(['trust', 'show'])).stdout).toContain('notary');
    const history = facts((await other.countersign(['history', gun, '--output', 'json'])).stdout);
    expect(history).toMatchObject({ checked: false, changes: [{ kind: 'publish' }, { kind: 'publish' }] });
    expect(facts((await other.countersign(['history', gun, '--limit', '1', '--output', 'json'])).stdout)['changes']).toHaveLength(1);
    // Nothing is remembered of a repository of TUF with this name, and nothing of this one is lost.
    await other.countersign(['verify', `${gun}@${digest}`, '--dialect', 'tuf'], { exit: 18 });
    expect((await other.countersign(['verify', `${gun}@${digest}`])).exit).toBe(0);
  });

  it.concurrent('goes on after new roots, and after names came and went', async () => {
    const owner = stage.person('rotated');
    const gun = 'Team/Rotated App';
    await owner.notary(['init', gun, '-p']);
    await owner.notary(['addhash', gun, 'v1', ...entry('one'), '-p']);
    const one = await consumer(stage);
    const names = async (who: Machine): Promise<unknown> =>
      facts((await who.countersign(['list', gun, FIRST, '--output', 'json'])).stdout)['entries'];
    expect(await names(one)).toMatchObject([{ name: 'v1' }]);
    await owner.notary(['key', 'rotate', gun, 'root'], { input: 'yes\n' });
    await owner.notary(['key', 'rotate', gun, 'snapshot', '-r']);
    await owner.notary(['key', 'rotate', gun, 'targets']);
    await owner.notary(['addhash', gun, 'v2', ...entry('two'), '-p']);
    await owner.notary(['remove', gun, 'v1', '-p']);
    expect(await names(one)).toMatchObject([{ name: 'v2' }]);
    expect(await names(await consumer(stage))).toMatchObject([{ name: 'v2' }]);
  });

  it.concurrent('verifies a tag of a registry by digest and length, which is all that is signed there', async () => {
    const registry = await startRegistry();
    try {
      const digest = pushSampleImage(registry, 'team/app', 'v1', { seed: 'one' });
      pushSampleImage(registry, 'team/app', 'v2', { seed: 'two' });
      const gun = `${registry.host}/team/app`;
      const size = (await (await fetch(`http://${gun.replace('/', '/v2/')}/manifests/v1`)).arrayBuffer()).byteLength;
      const owner = stage.person('image');
      await owner.notary(['init', gun, '-p']);
      const signed = ['--sha256', digest.slice('sha256:'.length)];
      await owner.notary(['addhash', gun, 'v1', String(size), ...signed]);
      await owner.notary(['addhash', gun, 'v2', String(size), ...signed]);
      await owner.notary(['addhash', gun, 'v3', String(size + 1), ...signed, '-p']);
      pushSampleImage(registry, 'team/app', 'v3', { seed: 'one' });
      const one = await consumer(stage);
      const verified = facts((await one.countersign(['verify', `${gun}:v1`, FIRST, '--output', 'json'])).stdout);
      expect(verified).toMatchObject({ digest, reference: `${gun}@${digest}`, length: size, role: 'targets', bound: false });
      expect(verified['mediaType']).toBeUndefined();
      // Another image, and the same one under another length.
      await one.countersign(['verify', `${gun}:v2`], { exit: 15 });
      await one.countersign(['verify', `${gun}:v3`], { exit: 15 });
      await one.countersign(['verify', `${gun}:v4`], { exit: 10 });
    } finally {
      await registry.close();
    }
  });

  it.concurrent('finds a first root that is no v1, because its keys changed before anything was published', async () => {
    const owner = stage.person('second');
    const gun = 'registry.example.com/second/app';
    await owner.notary(['init', gun]);
    await owner.notary(['key', 'rotate', gun, 'snapshot', '-r']);
    await owner.notary(['addhash', gun, 'v1', ...entry('one'), '-p']);
    const { stdout } = await (await consumer(stage)).countersign(['inspect', gun, FIRST, '--output', 'json']);
    expect(facts(stdout)['pin']).toMatch(/^sha256:[0-9a-f]{64}@2$/);
    const pinned = await consumer(stage);
    await pinned.countersign(['trust', 'pin', gun, String(facts(stdout)['pin'])]);
    expect((await pinned.countersign(['list', gun])).stdout).toContain('v1');
    await pinned.countersign(['list', 'registry.example.com/second/none', FIRST], { exit: 10 });
  });

  it.concurrent('hears releases before targets, as docker does, and everybody where there are none', async () => {
    const owner = stage.person('delegating');
    const gun = 'registry.example.com/delegating/app';
    await owner.notary(['init', gun, '-p']);
    await owner.notary(['key', 'rotate', gun, 'snapshot', '-r']);
    const { cert, key } = await makeCertificate({
      folder: stage.folder,
      name: 'our-reader',
      commonName: 'alice',
      kind: 'ecdsa',
      days: 300,
      use: 'signing code',
    });
    const alice = stage.person('our-reader-alice');
    await alice.notary(['key', 'import', key, '--role', 'delegate']);
    const one = await consumer(stage);
    const found = async (): Promise<unknown> => facts((await one.countersign(['list', gun, FIRST, '--output', 'json'])).stdout)['entries'];
    await owner.notary(['addhash', gun, 'v1', ...entry('one'), '-p']);
    await owner.notary(['delegation', 'add', gun, 'targets/alice', cert, '--paths', 'v2', '-p']);
    await alice.notary(['addhash', gun, 'v2', ...entry('two'), '-r', 'targets/alice', '-p']);
    expect(await found()).toMatchObject([
      { name: 'v1', role: 'targets' },
      { name: 'v2', role: 'targets/alice' },
    ]);
    await owner.notary(['delegation', 'add', gun, 'targets/releases', cert, '--all-paths', '-p']);
    await alice.notary(['addhash', gun, 'v1', ...entry('three'), '-r', 'targets/releases', '-p']);
    expect(await found()).toMatchObject([{ name: 'v1', role: 'targets/releases', digest: `sha256:${sha256('three')}` }]);
    const inspected = facts((await one.countersign(['inspect', gun, '--output', 'json'])).stdout);
    expect(inspected['delegations']).toMatchObject([
      { role: 'targets/alice', paths: ['v2'] },
      { role: 'targets/releases', paths: [''] },
    ]);
    expect((await one.countersign(['status', gun])).stdout).toContain('targets/releases');
  });
});
