// A hundred thousand tags in hash bins: what a verification of one of them downloads and costs, and what signing one more rewrites.
import { createHash } from 'node:crypto';
import {
  type Digest,
  findTarget,
  imageEntry,
  parseDigest,
  RELEASES,
  RELEASES_BINS,
  refresh,
  revocationPath,
  TARGETS,
  tuf,
} from '@countersign/core';
import { answerFrom, binFile, binFor, drive, type Simulator, simulate, spread, withMember } from '@countersign/testkit';
import { binsInProcess } from './bins-process.ts';
import { MEDIA_TYPE, tagName } from './flat.ts';
import { median } from './measure.ts';
import type { Row } from './table.ts';

const BITS = 10;
const TAGS = 100_000;
const FEW = 10;
const KIB = 1024;
const ROUNDS = 41;

const digestFor = (index: number): Digest => parseDigest(`sha256:${createHash('sha256').update(String(index)).digest('hex')}`);
const entryOf = (index: number) => imageEntry({ digest: digestFor(index), length: 1234, mediaType: MEDIA_TYPE });

async function flatRepository(): Promise<Simulator> {
  const repository = await simulate({ now: Date.now() });
  const targets = new Map(Array.from({ length: FEW }, (_, index) => [tagName(index), tuf.entry(entryOf(index))]));
  await repository.next('targets', RELEASES, { targets });
  await repository.advance();
  return repository;
}

interface Binned {
  readonly repository: Simulator;
  /** One tag of each bin. */
  readonly tags: readonly number[];
}

/** As `init --bins` lays it out, and at the versions that it has after its tags were signed one by one: a snapshot lists them all. */
async function binnedRepository(): Promise<Binned> {
  const repository = await simulate({ now: Date.now() });
  // What a client and a server write beside it.
  const signedFor = withMember(['x-countersign', 'name'], repository.gun);
  repository.record = { seq: TAGS + 1, hash: 'ab'.repeat(32) };
  await repository.next('targets', TARGETS, {}, { bend: signedFor });
  await spread(repository, RELEASES, { bits: BITS, prefix: RELEASES_BINS }, { bend: signedFor });
  const releases = repository.current('targets', RELEASES);
  const bins = new Map<string, number[]>();
  for (let tag = 0; tag < TAGS; tag += 1) {
    const bin = binFor(repository, RELEASES, tagName(tag), releases);
    const held = bins.get(bin);
    if (held === undefined) bins.set(bin, [tag]);
    else held.push(tag);
  }
  if (bins.size !== 2 ** BITS) throw new Error(`wanted tags in ${2 ** BITS} bins, got ${bins.size}`);
  for (const [bin, tags] of bins) {
    const entries = Object.fromEntries(tags.map((tag) => [tagName(tag), entryOf(tag)]));
    const versioned = withMember(['version'], tags.length + 1);
    await binFile(repository, bin, entries, { bend: (signed) => versioned(signedFor(signed)) });
  }
  await repository.advance();
  return { repository, tags: [...bins.values()].flatMap(([first]) => (first === undefined ? [] : [first])) };
}

/** A cold verification of one tag, the look for a denial included: the bytes of every body, and the milliseconds. */
function verifyOne(repository: Simulator, tag: number): { readonly bytes: number; readonly ms: number } {
  let bytes = 0;
  const served = answerFrom(repository.served);
  const answer: typeof served = (need) => {
    const body = served(need);
    bytes += body?.length ?? 0;
    return body;
  };
  const start = performance.now();
  const env = repository.env();
  const { result: stage } = drive(refresh(repository.anchor(), undefined, env), answer);
  const trusted = new Map();
  const found = drive(findTarget(stage, tagName(tag), trusted, env), answer).result;
  const denied = drive(findTarget(stage, revocationPath(digestFor(tag)), trusted, env), answer).result;
  if (found === undefined || denied !== undefined) throw new Error('the tag was not found');
  return { bytes, ms: performance.now() - start };
}

export async function hashBins(): Promise<readonly Row[]> {
  const [{ repository: large, tags }, small] = [await binnedRepository(), await flatRepository()];
  // All tags of a bin cost the same bytes: these are the figures of every tag.
  const sizes = tags.map((tag) => verifyOne(large, tag).bytes);
  const sizeOf = (role: string): number => [...large.newest].find(([name]) => name === role)?.[1].bytes.length ?? 0;
  const bins = [...large.newest].filter(([name]) => large.isBin(name)).map(([, { bytes }]) => bytes.length);
  const parts = `snapshot ${sizeOf('snapshot')}, bins ${Math.min(...bins)} to ${Math.max(...bins)}`;
  const times = Array.from({ length: ROUNDS }, (_, at) => {
    const [many, few] = [verifyOne(large, at * 1999).ms, verifyOne(small, at % FEW).ms];
    return { many, few, ratio: many / few };
  });
  const ratio = median(times.map((time) => time.ratio));
  const ms = ` (${median(times.map(({ many }) => many)).toFixed(1)} against ${median(times.map(({ few }) => few)).toFixed(1)} ms)`;
  return [
    bytesRow(
      `metadata of one verification, the most of all ${TAGS} tags in ${2 ** BITS} bins`,
      Math.max(...sizes),
      ` (median ${median(sizes)}; ${parts})`,
    ),
    // No bound: the time is that of the library alone, of which a process has much more.
    {
      figure: `the library alone, one of ${TAGS} tags in bins, against one of ${FEW}`,
      measured: `${ratio.toFixed(1)}×${ms}`,
      mustReach: '',
      reached: undefined,
    },
    ...(await binsInProcess(BITS)),
  ];
}

const bytesRow = (figure: string, bytes: number, context: string): Row => ({
  figure,
  measured: `${bytes} bytes${context}`,
  mustReach: `≤ ${64 * KIB} bytes`,
  reached: bytes <= 64 * KIB,
});
