// The story in three chapters: the main job, the attacks, and the life of keys.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseGun } from '@countersign/core';
import { putManifest, sampleImage, uploadSampleImage } from '@countersign/testkit';
import { strangersRelease } from './attacks.ts';
import { pullByDigest } from './pull.ts';
import type { Script } from './script.ts';
import type { Person, Stage } from './stage.ts';
import { honest } from './wire.ts';

const REPOSITORY = 'team/app';

export interface Cast {
  readonly publisher: Person;
  readonly consumer: Person;
  readonly image: string;
  readonly pin: string;
  /** The index digests of the images of the story. */
  readonly first: string;
  readonly second: string;
}

export async function publishAndPull(stage: Stage, script: Script): Promise<Cast> {
  const image = `${stage.registry}/${REPOSITORY}`;
  const publisher = stage.person('publisher');
  script.chapter('I. Sign on push, verify before pull');
  let first = '';
  await script.scene('a build pushes an image for two platforms', async () => {
    first = await uploadSampleImage(stage.registry, REPOSITORY, 'v1', { seed: 'first' });
    return `${image}:v1 is ${first}`;
  });
  const initialised = await script.step('the publisher creates keys and the repository', 0, () =>
    publisher.run(['init', image, '--output', 'json']),
  );
  const pin = pinIn(initialised.stdout);
  await script.step('the publisher signs what was built', 0, () => publisher.run(['sign', `${image}:v1@${first}`]));

  const consumer = stage.person('consumer', { COUNTERSIGN_ROOT_PIN: pin });
  const stranger = stage.person('newcomer');
  await script.step('without a pin nobody is believed', 18, () => stranger.run(['verify', `${image}:v1`]));
  const verified = await script.step('with the pin, the tag verifies', 0, () => consumer.run(['verify', `${image}:v1`]));
  await script.scene('the image is pulled by the verified digest', () => pullByDigest(verified.stdout.trim()));
  await script.step('a tag that nobody signed is unsigned', 10, () => consumer.run(['verify', `${image}:v9`]));

  let second = '';
  await script.scene('a new build is pushed under the same tag', async () => {
    second = await uploadSampleImage(stage.registry, REPOSITORY, 'v1', { seed: 'second' });
    return `${image}:v1 is ${second}`;
  });
  await script.step('before it is signed it is refused', 15, () => consumer.run(['verify', `${image}:v1`]));
  await script.step('the publisher signs it', 0, () => publisher.run(['sign', `${image}:v1@${second}`]));
  await script.step('now it verifies', 0, () => consumer.run(['verify', `${image}:v1`]));
  return { publisher, consumer, image, pin, first, second };
}

export async function attack(stage: Stage, script: Script, cast: Cast): Promise<void> {
  const { consumer, publisher, image, second } = cast;
  const verify = (who: Person = consumer) => who.run(['verify', `${image}:v1`]);
  const base = `http://${stage.registry}/v2/${REPOSITORY}/manifests`;
  const { index } = sampleImage({ seed: 'second' });

  script.chapter('II. The registry cheats');
  await uploadSampleImage(stage.registry, REPOSITORY, 'v1', { seed: 'malware' });
  await script.step('the tag is pointed at another image', 15, verify);
  await uploadSampleImage(stage.registry, REPOSITORY, 'v1', { seed: 'first' });
  await script.step('an older image, signed in its day, is put back', 15, verify);
  await putManifest(`${base}/v1`, new Uint8Array([...index.bytes, 0x0a]), index.mediaType);
  await script.step('the manifest is edited by one byte', 15, verify);
  await putManifest(`${base}/v1`, index.bytes, index.mediaType);
  await script.step('the signed image again', 0, verify);

  script.chapter('III. The network cheats');
  const old = stage.wire.recorded();
  await uploadSampleImage(stage.registry, REPOSITORY, 'v2', { seed: 'second' });
  await script.step('time goes by: the publisher signs another tag', 0, () => publisher.run(['sign', `${image}:v2@${second}`]));
  await script.step('the consumer sees it', 0, verify);
  stage.wire.meddle = (path) => old.get(path);
  await script.step('old metadata is replayed', 14, verify);
  stage.wire.meddle = (path) => (path.endsWith('/timestamp.json') ? latest(stage, path) : undefined);
  await script.step('the timestamp is frozen for four days', 13, () => consumer.run(['verify', `${image}:v1`], { days: 4 }));
  stage.wire.meddle = () => ({ status: 404, body: new Uint8Array() });
  await script.step('the server denies a repository that was seen before', 20, verify);

  script.chapter('IV. The trust server itself is taken');
  stage.wire.meddle = await strangersRelease(stage.server, stage.data, parseGun(image), second);
  await script.step('a stranger signs a release', 12, verify);
  stage.wire.meddle = honest;
  const other = await stage.otherServer();
  const impostor = stage.person('impostor', { COUNTERSIGN_SERVER: other });
  await script.step('an impostor sets up the same name on another server', 0, () => impostor.run(['init', image]));
  const newcomer = stage.person('newcomer-with-pin', { COUNTERSIGN_ROOT_PIN: cast.pin, COUNTERSIGN_SERVER: other });
  await script.step('whoever has the pin refuses its root', 18, () => verify(newcomer));
  await anotherRepository(stage, script, cast);
}

/** The same root key guards two repositories; the server hands out one for the other. */
async function anotherRepository(stage: Stage, script: Script, { publisher, image }: Cast): Promise<void> {
  const sibling = `${stage.registry}/team/sibling`;
  const keys = JSON.parse((await publisher.run(['key', 'list', '--output', 'json'])).stdout) as {
    keys: { fingerprint: string; label?: string }[];
  };
  const root = keys.keys.find((key) => key.label?.includes('root') === true)?.fingerprint ?? '';
  await script.step('the publisher guards a second repository with the same root key', 0, () =>
    publisher.run(['init', sibling, '--root-key', root]),
  );
  const policy = { schema: 1, rules: [{ match: '**', action: 'verify', keys: [root], threshold: 1 }] };
  const auditor = stage.person('auditor', { COUNTERSIGN_POLICY: join(stage.folder, 'policy.json') });
  await mkdir(auditor.folder, { recursive: true });
  await writeFile(join(stage.folder, 'policy.json'), JSON.stringify(policy));
  stage.wire.meddle = (path) => (path.includes('/team/app/') ? { insteadAsk: path.replace('/team/app/', '/team/sibling/') } : undefined);
  await script.step('the server serves one in place of the other', 18, () => auditor.run(['verify', `${image}:v1`]));
  stage.wire.meddle = honest;
  await script.step('the right one verifies by its root key alone', 0, () => auditor.run(['verify', `${image}:v1`]));
}

export async function keysAndRevocation(_stage: Stage, script: Script, cast: Cast): Promise<void> {
  const { consumer, publisher, image, second } = cast;
  script.chapter('V. Keys change, images are withdrawn');
  for (const role of ['root', 'releases', 'timestamp']) {
    await script.step(`the ${role} key is rotated`, 0, () => publisher.run(['key', 'rotate', role, image]));
  }
  await script.step('verification goes on', 0, () => consumer.run(['verify', `${image}:v1`]));
  await script.step('a tag is revoked', 0, () => publisher.run(['revoke', `${image}:v2`, '--yes']));
  await script.step('it is unsigned from now on', 10, () => consumer.run(['verify', `${image}:v2`]));
  await script.step('a digest is revoked', 0, () => publisher.run(['revoke', `${image}@${second}`, '--yes']));
  await script.step('it is denied under every tag', 17, () => consumer.run(['verify', `${image}:v1`]));
}

const latest = (stage: Stage, path: string) => stage.wire.recorded().get(path);

function pinIn(stdout: string): string {
  const said: unknown = JSON.parse(stdout);
  if (typeof said === 'object' && said !== null && 'pin' in said && typeof said.pin === 'string') return said.pin;
  throw new Error(`init printed no pin: ${stdout}`);
}
