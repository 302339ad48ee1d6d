// `countersign verify` on a machine that saw nothing before: one of a hundred thousand tags in hash bins, against one of ten. And what
// signing one more of them writes.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, imageEntry, parseDigest, parseGun, RELEASES_BINS, type RootPin, type TargetEntry } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { startRegistry, uploadSampleImage } from '@countersign/testkit';
import { machine, PROGRAM, serve, temporaryFolder } from '../lab/countersign.ts';
import { library } from '../lab/library.ts';
import { MEDIA_TYPE, tagName } from './flat.ts';
import { duel, elapsed } from './measure.ts';
import { atMost, type Row } from './table.ts';

const TAGS = 100_000;
const FEW = 10;

const digestFor = (index: number): Digest => parseDigest(`sha256:${createHash('sha256').update(String(index)).digest('hex')}`);

export async function binsInProcess(bits: number): Promise<readonly Row[]> {
  const folder = await temporaryFolder();
  const server = await serve(join(folder.path, 'data'));
  const registry = await startRegistry();
  try {
    const signer = generateSigner('ed25519');
    const keys = { keys: [signer.key], threshold: 1 };
    /** A repository of `tags` tags, one of which is an image of the registry. */
    const published = async (name: string, tags: number, binBits: number | undefined): Promise<Asked> => {
      const gun = parseGun(`${registry.host}/${name}`);
      const digest = parseDigest(await uploadSampleImage(registry.host, name, 'v1', { seed: name }));
      const manifest = await (await fetch(`http://${registry.host}/v2/${name}/manifests/v1`)).arrayBuffer();
      const client = library({ server: server.url, folder: join(folder.path, name), pin: undefined });
      const bins = binBits === undefined ? {} : { binBits };
      const { pin } = await client.publish(gun, { kind: 'init', root: keys, targets: keys, releases: keys, ...bins }, [signer]);
      const entries = new Map<string, TargetEntry>();
      for (let index = 1; index < tags; index += 1)
        entries.set(tagName(index), imageEntry({ digest: digestFor(index), length: 1234, mediaType: MEDIA_TYPE }));
      entries.set('v1', imageEntry({ digest, length: manifest.byteLength, mediaType: MEDIA_TYPE }));
      await client.publish(gun, { kind: 'entries', entries }, [signer]);
      const more = new Map([[tagName(tags), imageEntry({ digest: digestFor(tags), length: 1234, mediaType: MEDIA_TYPE })]]);
      const { versions } = await client.publish(gun, { kind: 'entries', entries: more }, [signer]);
      return { image: `${gun}:v1`, pin, rewritten: [...versions.keys()] };
    };
    const verify = async ({ image, pin }: Asked): Promise<number> => {
      const { env } = machine(await mkdtemp(join(folder.path, 'new-')), server.url, {
        COUNTERSIGN_ROOT_PIN: `${pin.digest}@${pin.version}`,
      });
      return elapsed(async () => {
        const [code] = await once(spawn(process.execPath, [PROGRAM, 'verify', image], { env, stdio: 'ignore' }), 'exit');
        if (code !== 0) throw new Error(`verify ${image}: exit ${code}`);
      });
    };
    const [many, few] = [await published('many', TAGS, bits), await published('few', FEW, undefined)];
    const { ours, theirs, faster } = await duel(
      { rounds: 30, turn: 1 },
      () => verify(many),
      () => verify(few),
    );
    const figure = `countersign verify, cold, one of ${TAGS} tags in bins, against one of ${FEW}`;
    const { rewritten } = many;
    return [
      atMost(figure, 1 / faster, 1.5, ` (${ours.toFixed(0)} against ${theirs.toFixed(0)} ms)`),
      {
        figure: `files that a publisher signs for one tag more than ${TAGS}`,
        measured: `${rewritten.length} (${rewritten.join(', ')})`,
        mustReach: '1, a bin',
        reached: rewritten.length === 1 && rewritten[0]?.startsWith(`${RELEASES_BINS}-`) === true,
      },
    ];
  } finally {
    await registry.close();
    await server.kill('SIGTERM');
    await folder.remove();
  }
}

interface Asked {
  readonly image: string;
  readonly pin: RootPin;
  /** The roles that one more tag wrote. */
  readonly rewritten: readonly string[];
}
