import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callsOf, digestFile, dockerPushed, fakeTool } from '../testing/fake-tool.ts';
import type { Machine } from '../testing/machine.ts';
import { type Town, town } from '../testing/town.ts';

let place: Town;
let publisher: Machine;
let image: string;

beforeEach(async () => {
  place = await town();
  publisher = place.publisher;
  image = `${place.gun}:v1`;
  expect(await publisher.run('init', place.gun)).toMatchObject({ exit: 0 });
});
afterEach(() => place.close());

const signedNames = async (): Promise<unknown> => {
  const { json } = await publisher.run('list', place.gun, '--output', 'json');
  return (json['entries'] as { readonly name: string }[]).map(({ name }) => name);
};

describe('push', () => {
  it('signs the digest that docker reported', async () => {
    await fakeTool(publisher, 'docker', dockerPushed('v1', place.digests.v1));
    expect(await publisher.run('push', image)).toMatchObject({ exit: 0, stdout: `${image}@${place.digests.v1}\n` });
    expect(await callsOf(publisher)).toEqual([`docker push ${image}`]);
    expect(await signedNames()).toEqual(['v1']);
  });

  it('reads the digest of podman and skopeo from a file, and says that loopback speaks plain http', async () => {
    await fakeTool(publisher, 'podman', digestFile(place.digests.v1));
    expect(await publisher.run('push', image, '--with', 'podman')).toMatchObject({ exit: 0 });
    await fakeTool(publisher, 'skopeo', digestFile(place.digests.v1));
    expect(await publisher.run('push', image, '--from', 'oci:dir:v1')).toMatchObject({ exit: 0 });
    const [podman, skopeo] = await callsOf(publisher);
    expect(podman).toMatch(new RegExp(`^podman push --tls-verify=false --digestfile \\S+ ${image}$`));
    expect(skopeo).toMatch(new RegExp(`^skopeo copy --all --dest-tls-verify=false --digestfile \\S+ oci:dir:v1 docker://${image}$`));
  });

  it('signs nothing when the registry serves something else than the tool pushed', async () => {
    await fakeTool(publisher, 'docker', dockerPushed('v1', place.digests.v2));
    const result = await publisher.run('push', image, '--output', 'json');
    expect(result.json).toMatchObject({ exit: 15, code: 'mismatch', details: { wanted: place.digests.v2, got: place.digests.v1 } });
    expect(await signedNames()).toEqual([]);
  });

  it.each([
    ['fails', 'echo denied >&2; exit 3'],
    ['reports no digest', 'echo done'],
    ['reports the digest of another tag', dockerPushed('latest', `sha256:${'0'.repeat(64)}`)],
  ])('signs nothing when the tool %s', async (_, body) => {
    await fakeTool(publisher, 'docker', body);
    const result = await publisher.run('push', image);
    expect(result).toMatchObject({ exit: 1, stdout: '' });
    expect(await signedNames()).toEqual([]);
  });

  it('shows what the tool says', async () => {
    await fakeTool(publisher, 'docker', 'echo "denied: no rights here" >&2; exit 3');
    expect((await publisher.run('push', image)).stderr).toContain('denied: no rights here');
  });

  it('pushes nothing that it could not sign', async () => {
    await fakeTool(publisher, 'docker', dockerPushed('v1', place.digests.v1));
    publisher.env = { ...publisher.env, COUNTERSIGN_PASSPHRASE: 'wrong' };
    expect(await publisher.run('push', image)).toMatchObject({ exit: 1 });
    await expect(callsOf(publisher)).rejects.toThrow('ENOENT');
  });

  it('takes the first tool that is there, and says when there is none', async () => {
    await fakeTool(publisher, 'podman', digestFile(place.digests.v1));
    expect((await publisher.run('push', image)).exit).toBe(0);
    publisher.env = { ...publisher.env, PATH: join(publisher.folder, 'nothing') };
    expect(await publisher.run('push', image)).toMatchObject({ exit: 1, stderr: expect.stringContaining('docker, podman, skopeo') });
    expect((await publisher.run('push', image, '--with', 'buildah')).exit).toBe(2);
  });

  it('does not run a program of the working folder', async () => {
    await fakeTool(publisher, 'docker', 'exit 0');
    const bin = join(publisher.folder, 'bin');
    publisher.env = { ...publisher.env, PATH: '' };
    expect((await publisher.run('push', image)).exit).toBe(1);
    expect(existsSync(join(bin, 'docker'))).toBe(true);
  });
});

describe('pull', () => {
  beforeEach(async () => {
    expect(await publisher.run('sign', `${image}@${place.digests.v1}`)).toMatchObject({ exit: 0 });
  });

  it('pulls by the verified digest and names it as it was asked for', async () => {
    await fakeTool(publisher, 'docker', '');
    const reference = `${place.gun}@${place.digests.v1}`;
    expect(await publisher.run('pull', image)).toMatchObject({ exit: 0, stdout: `${reference}\n` });
    expect(await callsOf(publisher)).toEqual([`docker pull ${reference}`, `docker tag ${reference} ${image}`]);
  });

  it('pulls nothing that does not verify', async () => {
    await fakeTool(publisher, 'docker', '');
    place.registry.retag('team/app', 'v1', place.digests.v2);
    expect((await publisher.run('pull', image)).exit).toBe(15);
    expect((await publisher.run('pull', `${place.gun}:v2`)).exit).toBe(10);
    await expect(callsOf(publisher)).rejects.toThrow('ENOENT');
  });

  it('needs a destination for skopeo', async () => {
    await fakeTool(publisher, 'skopeo', '');
    expect(await publisher.run('pull', image)).toMatchObject({ exit: 2, stderr: expect.stringContaining('--to') });
    expect((await publisher.run('pull', image, '--to', 'oci:here:v1')).exit).toBe(0);
    expect((await callsOf(publisher)).at(-1)).toBe(
      `skopeo copy --all --src-tls-verify=false docker://${place.gun}@${place.digests.v1} oci:here:v1`,
    );
  });
});

const hasSkopeo = spawnSync('skopeo', ['--version']).status === 0;

describe.skipIf(!hasSkopeo)('the real skopeo', () => {
  it('moves an image into the registry and out again, signed and verified on the way', async () => {
    const registriesOf = join(publisher.folder, '.config', 'containers');
    await mkdir(registriesOf, { recursive: true });
    await writeFile(join(registriesOf, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
    publisher.env = { ...publisher.env, HOME: publisher.folder };
    expect(await publisher.run('sign', `${image}@${place.digests.v1}`)).toMatchObject({ exit: 0 });
    expect(await publisher.run('pull', image, '--to', `oci:${publisher.folder}/layout:v1`)).toMatchObject({ exit: 0 });
    const copy = `${place.gun}:copy`;
    expect(await publisher.run('push', copy, '--from', `oci:${publisher.folder}/layout:v1`)).toMatchObject({
      exit: 0,
      stdout: `${copy}@${place.digests.v1}\n`,
    });
    expect((await publisher.run('verify', copy)).exit).toBe(0);
  });
});
