// Our program writes repositories of Notary v1: it begins them, signs, appoints signers, rotates every key and takes back, and after each
// step the notary program and docker trust read the same, those that saw the steps before and those that see it for the first time.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Machine, machine } from '../../lab/countersign.ts';
import { makeCertificate } from './certificates.ts';
import { dockerClients, dockerPerson, inspected } from './docker-program.ts';
import { sha256 } from './hashes.ts';
import type { Person } from './notary-program.ts';
import { atEachServer, type Stage } from './servers.ts';

const client = dockerClients().at(-1);
const DIALECT = { COUNTERSIGN_DIALECT: 'notary' };

async function publisher({ target, folder }: Stage, more: NodeJS.ProcessEnv = {}): Promise<Machine & { readonly home: string }> {
  const home = await mkdtemp(join(folder, 'publisher-'));
  await mkdir(join(home, 'trust'));
  await writeFile(join(home, 'trust', 'config.json'), JSON.stringify({ schema: 1, caFile: target.ca }));
  return { home, ...machine(home, target.url, { ...DIALECT, ...more }) };
}

const signed = (gun: string, tag: string, text: string): string[] => [
  ...['sign', `${gun}:${tag}`, '--digest', `sha256:${sha256(text)}`],
  ...['--length', String(text.length)],
];

/** What the notary program lists: name, digest and role of each entry. */
async function listed(who: Person, gun: string, ...more: readonly string[]): Promise<readonly string[]> {
  const lines = (await who.notary(['list', gun, ...more])).split('\n');
  return lines.flatMap((line) => {
    const [name, digest, size, role] = line.trim().split(/\s+/);
    return /^[0-9a-f]{64}$/.test(digest ?? '') ? [`${name} ${digest?.slice(0, 8)} ${size} ${role}`] : [];
  });
}

const row = (tag: string, text: string, role: string): string => `${tag} ${sha256(text).slice(0, 8)} ${text.length} ${role}`;

/** Everybody who reads: somebody who saw it before, and somebody who never did. */
function readers(stage: Stage, name: string) {
  const warm = stage.person(`${name}-warm`);
  let count = 0;
  return {
    async see(gun: string, rows: readonly string[], ...more: readonly string[]): Promise<void> {
      count += 1;
      for (const who of [warm, stage.person(`${name}-fresh-${count}`)]) expect(await listed(who, gun, ...more)).toEqual(rows);
    },
    /** What docker shows of tags and signers, through the eyes of somebody new. */
    async docker(gun: string, wanted: { readonly tags: readonly string[]; readonly signers: readonly string[] }): Promise<void> {
      if (client === undefined) return;
      count += 1;
      expect(await inspected(await dockerPerson(client, stage.target, join(stage.folder, `${name}-docker-${count}`)), gun)).toEqual(wanted);
    },
  };
}

const by = (tag: string, text: string, who: string): string => `${tag} ${sha256(text)} by ${who}`;

atEachServer('our publisher', { tools: ['notary', 'openssl'] }, (stage) => {
  it.concurrent('begins, signs, appoints, rotates every key, takes back: notary and docker agree at each step', async () => {
    const gun = 'registry.example.com/our/steps';
    const owner = await publisher(stage);
    const eyes = readers(stage, 'steps');
    await owner.countersign(['init', gun]);
    await eyes.see(gun, []);
    await owner.countersign(signed(gun, 'v1', 'one'));
    await eyes.see(gun, [row('v1', 'one', 'targets')]);
    await eyes.docker(gun, { tags: [by('v1', 'one', 'Repo Admin')], signers: [] });

    await owner.countersign(['key', 'generate', '--label', 'alice', '--kind', 'ecdsa-p256']);
    await owner.countersign(['signer', 'add', 'alice', '--repo', gun, '--key', 'alice']);
    await eyes.docker(gun, { tags: [by('v1', 'one', 'Repo Admin')], signers: ['alice'] });
    await owner.countersign(signed(gun, 'v2', 'two'));
    const both = [row('v1', 'one', 'targets'), row('v2', 'two', 'targets/releases')];
    await eyes.see(gun, both, '-r', 'targets/releases', '-r', 'targets');
    await eyes.docker(gun, { tags: [by('v1', 'one', 'Repo Admin'), by('v2', 'two', 'alice')], signers: ['alice'] });

    for (const role of ['timestamp', 'snapshot', 'targets', 'root', 'alice', 'releases']) {
      await owner.countersign(['key', 'rotate', role, gun]);
      await eyes.see(gun, both, '-r', 'targets/releases', '-r', 'targets');
    }
    await owner.countersign(signed(gun, 'v3', 'three'));
    await eyes.docker(gun, {
      tags: [by('v1', 'one', 'Repo Admin'), by('v2', 'two', 'alice'), by('v3', 'three', 'alice')],
      signers: ['alice'],
    });

    await owner.countersign(['revoke', `${gun}:v2`]);
    await owner.countersign(['revoke', `${gun}:v1`]);
    await eyes.see(gun, [row('v3', 'three', 'targets/releases')], '-r', 'targets/releases', '-r', 'targets');
    await eyes.see(gun, [row('v3', 'three', 'targets/alice')], '-r', 'targets/alice');
    await eyes.docker(gun, { tags: [by('v3', 'three', 'alice')], signers: ['alice'] });
    expect((await owner.countersign(['signer', 'list', '--repo', gun])).stdout).toContain('alice');
    // Another fresh machine of ours reads it too.
    const { stdout } = await owner.countersign(['list', gun]);
    expect(stdout).toMatch(new RegExp(`^v3 +sha256:${sha256('three')}`, 'm'));
  });

  it.concurrent('lets a signer go and come back, also where the server has seen their versions', async () => {
    const gun = 'registry.example.com/our/back';
    const owner = await publisher(stage);
    const eyes = readers(stage, 'back');
    await owner.countersign(['init', gun]);
    for (const name of ['alice', 'bob']) {
      await owner.countersign(['key', 'generate', '--label', name, '--kind', 'ecdsa-p256']);
      await owner.countersign(['signer', 'add', name, '--repo', gun, '--key', name]);
    }
    await owner.countersign(signed(gun, 'v1', 'one'));
    await eyes.docker(gun, { tags: [by('v1', 'one', 'alice, bob')], signers: ['alice', 'bob'] });
    await owner.countersign(['signer', 'remove', 'bob', '--repo', gun]);
    await eyes.docker(gun, { tags: [by('v1', 'one', 'alice')], signers: ['alice'] });
    await owner.countersign(['signer', 'add', 'bob', '--repo', gun, '--key', 'bob']);
    await owner.countersign(signed(gun, 'v2', 'two'));
    await eyes.docker(gun, { tags: [by('v1', 'one', 'alice'), by('v2', 'two', 'alice, bob')], signers: ['alice', 'bob'] });
    await eyes.see(gun, [row('v1', 'one', 'targets/releases'), row('v2', 'two', 'targets/releases')], '-r', 'targets/releases');
  });

  it.concurrent('holds the key of the snapshot, and gives it back to the server', async () => {
    const gun = 'registry.example.com/our/held';
    const owner = await publisher(stage);
    const eyes = readers(stage, 'held');
    await owner.countersign(['init', gun]);
    await owner.countersign(['key', 'rotate', 'snapshot', gun, '--here']);
    await owner.countersign(signed(gun, 'v1', 'one'));
    await eyes.see(gun, [row('v1', 'one', 'targets')]);
    for (const name of ['alice', 'bob']) {
      await owner.countersign(['key', 'generate', '--label', name, '--kind', 'ecdsa-p256']);
      await owner.countersign(['signer', 'add', name, '--repo', gun, '--key', name]);
    }
    await owner.countersign(signed(gun, 'v2', 'two'));
    await owner.countersign(['signer', 'remove', 'bob', '--repo', gun]);
    await owner.countersign(['signer', 'add', 'bob', '--repo', gun, '--key', 'bob']);
    await owner.countersign(signed(gun, 'v3', 'three'));
    await eyes.docker(gun, {
      tags: [by('v1', 'one', 'Repo Admin'), by('v2', 'two', 'alice'), by('v3', 'three', 'alice, bob')],
      signers: ['alice', 'bob'],
    });
    for (const role of ['targets', 'root', 'timestamp']) await owner.countersign(['key', 'rotate', role, gun]);
    await owner.countersign(['key', 'rotate', 'snapshot', gun]);
    await owner.countersign(signed(gun, 'v4', 'four'));
    const tags = ['v2 two', 'v3 three', 'v4 four'].map((pair) => pair.split(' ') as [string, string]);
    await eyes.see(
      gun,
      tags.map(([tag, text]) => row(tag, text, 'targets/releases')),
      ...['-r', 'targets/releases'],
    );
  });

  it.concurrent('goes on where the notary program published, and the other way round', async () => {
    const gun = 'registry.example.com/our/mixed';
    const owner = await publisher(stage);
    await owner.countersign(['init', gun]);
    await owner.countersign(signed(gun, 'v1', 'one'));
    const key = join(owner.home, 'targets.pem');
    const { stdout } = await owner.countersign(['key', 'list', '--repo', gun, '--output', 'json']);
    const { keys } = JSON.parse(stdout) as { keys: { fingerprint: string; label?: string }[] };
    const repository = keys.find(({ label }) => label?.startsWith('repository'))?.fingerprint ?? '';
    await owner.countersign(['key', 'export', repository, '--to', key, '--unsafe-plain']);
    const other = stage.person('mixed');
    await other.notary(['key', 'import', key, '--role', 'targets', '--gun', gun]);
    await other.notary(['addhash', gun, 'v2', '3', '--sha256', sha256('two'), '-p']);
    expect(await listed(other, gun)).toEqual([row('v1', 'one', 'targets'), row('v2', 'two', 'targets')]);
    await owner.countersign(signed(gun, 'v3', 'three'));
    expect(await listed(other, gun)).toHaveLength(3);
    expect(await other.notary(['verify', gun, 'v3'], { input: 'three' })).toContain('three');
    expect(await other.notary(['lookup', gun, 'v1'])).toContain(sha256('one'));
    await other.refused(['verify', gun, 'v3'], 'data not present', { input: 'other' });

    // A team that the notary program appoints, and a tag that it signs: ours reads both, and signs beside them.
    const team = await makeCertificate({
      folder: owner.home,
      name: 'team',
      commonName: 'team',
      kind: 'ecdsa',
      days: 300,
      use: 'signing code',
    });
    await other.notary(['delegation', 'add', gun, 'targets/team', team.cert, '--all-paths', '-p']);
    await other.notary(['key', 'import', team.key, '--role', 'team']);
    await other.notary(['addhash', gun, 'v4', '4', '--sha256', sha256('four'), '-r', 'targets/team', '-p']);
    expect((await owner.countersign(['list', gun])).stdout).toMatch(/^v4 .*targets\/team/m);
    await owner.countersign(['key', 'import', team.key, '--label', 'team']);
    await owner.countersign(signed(gun, 'v5', 'five'));
    expect(await listed(other, gun)).toEqual([
      ...['v1 one', 'v2 two', 'v3 three']
        .map((pair) => pair.split(' ') as [string, string])
        .map(([tag, text]) => row(tag, text, 'targets')),
      ...['v4 four', 'v5 five'].map((pair) => pair.split(' ') as [string, string]).map(([tag, text]) => row(tag, text, 'targets/team')),
    ]);
  });

  it.concurrent('lets a signer sign with their own key only, and the owner take it back without that', async () => {
    const gun = 'registry.example.com/our/elsewhere';
    const owner = await publisher(stage);
    const alice = await publisher(stage);
    const eyes = readers(stage, 'elsewhere');
    const { stdout: pin } = await owner.countersign(['init', gun]);
    await alice.countersign(['trust', 'pin', gun, pin.trim()]);
    await alice.countersign(['key', 'generate', '--label', 'alice', '--kind', 'ecdsa-p256']);
    const half = join(alice.home, 'alice.pub');
    await alice.countersign(['key', 'export', 'alice', '--public', '--to', half]);
    await owner.countersign(['signer', 'add', 'alice', '--repo', gun, '--key', half]);
    await owner.countersign(['key', 'generate', '--label', 'bob', '--kind', 'ecdsa-p256']);
    await owner.countersign(['signer', 'add', 'bob', '--repo', gun, '--key', 'bob']);
    await alice.countersign(signed(gun, 'v1', 'one'));
    await owner.countersign(signed(gun, 'v2', 'two'));
    await eyes.docker(gun, { tags: [by('v1', 'one', 'alice'), by('v2', 'two', 'bob')], signers: ['alice', 'bob'] });
    const { stderr } = await owner.countersign(['revoke', `${gun}:v1`]);
    expect(stderr).toContain('targets/alice keeps its entry');
    await eyes.docker(gun, { tags: [by('v2', 'two', 'bob')], signers: ['alice', 'bob'] });
    await owner.countersign(['revoke', `${gun}@sha256:${sha256('two')}`], { exit: 2 });
  });

  it.concurrent('refuses what the dialect has no place for, and says so', async () => {
    const gun = 'registry.example.com/our/refused';
    const owner = await publisher(stage);
    await owner.countersign(['key', 'generate', '--label', 'edwards']);
    expect((await owner.countersign(['init', gun, '--root-key', 'edwards'], { exit: 1 })).stderr).toContain('ed25519');
    await owner.countersign(['init', gun, '--bins', '4'], { exit: 2 });
    await owner.countersign(['init', gun]);
    await owner.countersign(['key', 'rotate', 'timestamp', gun, '--here'], { exit: 2 });
    expect((await owner.countersign(['root', 'propose', gun, '--expires', '2030-01-01T00:00:00Z'], { exit: 2 })).stderr).toContain(
      'key rotate',
    );
    await owner.countersign(['signer', 'add', 'alice', '--repo', gun, '--key', 'edwards', '--team', 'all'], { exit: 2 });
  });

  it.concurrent('takes eight publishes at once', async () => {
    const gun = 'registry.example.com/our/eight';
    const owner = await publisher(stage);
    await owner.countersign(['init', gun]);
    await owner.countersign(['key', 'generate', '--label', 'ci', '--kind', 'ecdsa-p256']);
    await owner.countersign(['signer', 'add', 'ci', '--repo', gun, '--key', 'ci']);
    const tags = Array.from({ length: 8 }, (_, index) => `v${index}`);
    const ended = await Promise.allSettled(tags.map((tag) => owner.countersign(signed(gun, tag, tag))));
    expect(ended.filter(({ status }) => status === 'rejected')).toEqual([]);
    await readers(stage, 'eight').see(
      gun,
      tags.map((tag) => row(tag, tag, 'targets/releases')),
      ...['-r', 'targets/releases'],
    );
  });
});
