// One contestant of a duel, in a process of its own, so that neither pays for the other's garbage or spoils its compiled code.
// Its arguments: `ours` or `tuf-js`, and a course as JSON. For each line on standard input (`cold`, `warm`, `kept`) it verifies once
// and prints how many milliseconds that took.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TrustClient } from '@countersign/client';
import { parseGun, parsePin } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { canonicalize } from '@tufjs/canonical-json';
import { Updater } from 'tuf-js';
import { library, loopbackHttp } from '../lab/library.ts';
import type { Course } from './course.ts';
import { MEDIA_TYPE, manifestOf, TAG, tagName } from './flat.ts';
import { elapsed } from './measure.ts';

const [who = '', text = '{}'] = process.argv.slice(2);
const course: Course = JSON.parse(text);
const gun = parseGun(course.gun);
const { pin } = parsePin(course.pin);
const http = loopbackHttp();
/** Nothing that another client opened or verified is at hand: neither keys nor signatures. */
const consumer = (name: string): TrustClient => {
  const folder = join(course.folder, name);
  const folders = { state: `${folder}-state`, cache: `${folder}-cache`, owner: process.getuid?.() };
  return library({ server: course.server, folder, http, pin, more: { crypto: nativeCryptography(), folders } });
};
const manifests = { manifest: async () => ({ bytes: manifestOf(TAG), mediaType: MEDIA_TYPE }) };
const kept = consumer('kept');

let runs = 0;
const fresh = (): string => {
  runs += 1;
  return `cold-${runs}`;
};

const ours: Readonly<Record<string, () => Promise<number>>> = {
  cold: () => ourVerify(consumer(fresh())),
  /** A new client each time, on the folders of a run before. */
  warm: () => ourVerify(consumer('warm')),
  kept: () => ourVerify(kept),
};

function ourVerify(client: TrustClient): Promise<number> {
  return elapsed(() => client.verify({ gun, tag: tagName(TAG) }, manifests));
}

/** An Updater of tuf-js refreshes once in its life, so there is a new one each time; what it keeps lies in its folder. */
const theirs: Readonly<Record<string, () => Promise<number>>> = {
  cold: () => theirVerify(join(course.folder, fresh())),
  warm: () => theirVerify(join(course.folder, 'warm')),
  kept: () => theirVerify(join(course.folder, 'warm')),
};

function theirVerify(folder: string): Promise<number> {
  const base = `${course.server}v2/${gun}/_trust/metadata`;
  return elapsed(async () => {
    if (!existsSync(join(folder, 'root.json'))) await fetchPinnedRoot(base, folder);
    const updater = new Updater({ metadataDir: folder, metadataBaseUrl: base, targetDir: folder, targetBaseUrl: base });
    await updater.refresh();
    const info = await updater.getTargetInfo(tagName(TAG));
    const digest = createHash('sha256').update(manifestOf(TAG)).digest('hex');
    if (info?.hashes['sha256'] !== digest) throw new Error('tuf-js did not find the tag');
  });
}

/** tuf-js needs root v1 in its folder: whoever has only a pin fetches and checks it first, as ours does. */
async function fetchPinnedRoot(base: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const root = Buffer.from(await (await fetch(`${base}/1.root.json`)).arrayBuffer());
  const signed = canonicalize(JSON.parse(root.toString('utf8')).signed) ?? '';
  if (`sha256:${createHash('sha256').update(signed).digest('hex')}` !== pin.digest) throw new Error('another root than the pinned one');
  await writeFile(join(folder, 'root.json'), root);
}

const contestant = who === 'ours' ? ours : theirs;
for await (const line of createInterface({ input: process.stdin })) {
  const verify = contestant[line];
  if (verify === undefined) throw new Error(`no such course: ${line}`);
  process.stdout.write(`${await verify()}\n`);
}
http.close();
