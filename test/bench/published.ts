// A real trust server in a process of its own, with one repository and one signed tag on it.
import { join } from 'node:path';
import { type Digest, type Gun, imageEntry, parseDigest, parseGun, type RootPin } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { type RunningServer, serve, temporaryFolder } from '../lab/countersign.ts';
import { library } from '../lab/library.ts';
import { MEDIA_TYPE } from './flat.ts';

export interface Published {
  readonly server: RunningServer;
  readonly folder: string;
  readonly gun: Gun;
  readonly pin: RootPin;
  close(): Promise<void>;
}

/** One key for every role: what is measured is not key handling. */
export async function initialise(server: string, folder: string, gun: Gun) {
  const signer = generateSigner('ed25519');
  const client = library({ server, folder, pin: undefined });
  const keys = { keys: [signer.key], threshold: 1 };
  const { pin } = await client.publish(gun, { kind: 'init', root: keys, targets: keys, releases: keys }, [signer]);
  return { client, signer, pin };
}

export async function publishOne(gun: Gun, digest: Digest, length: number): Promise<Published> {
  const folder = await temporaryFolder();
  const server = await serve(join(folder.path, 'data'));
  const { client, signer, pin } = await initialise(server.url, join(folder.path, 'publisher'), gun);
  await client.publish(gun, { kind: 'entries', entries: new Map([['v1', imageEntry({ digest, length, mediaType: MEDIA_TYPE })]]) }, [
    signer,
  ]);
  return {
    server,
    folder: folder.path,
    gun,
    pin,
    async close() {
      await server.kill('SIGTERM');
      await folder.remove();
    },
  };
}

export const SOME_GUN: Gun = parseGun('registry.example.com/team/app');
export const SOME_DIGEST: Digest = parseDigest(`sha256:${'5a'.repeat(32)}`);
