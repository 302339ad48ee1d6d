// A hundred thousand tags in hash bins: what a verification of one of them downloads and costs, and what signing one more rewrites.
import { createHash } from 'node:crypto';
import { type Digest, findTarget, imageEntry, parseDigest, RELEASES, refresh, revocationPath, tuf } from '@countersign/core';
import { answerFrom, binFile, binFor, drive, type Simulator, simulate, spread } from '@countersign/testkit';
import { binsInProcess } from './bins-process.ts';
import { MEDIA_TYPE, tagName } from './flat.ts';
import { median } from './measure.ts';
import type { Row } from './table.ts';

const BITS = 9;
const TAGS = 100_000;
const KIB = 1024;
const ROUNDS = 41;

const digestFor = (index: number): Digest => parseDigest(`sha256:${createHash('sha256').update(String(index)).digest('hex')}`);
const entryOf = (index: number) => imageEntry({ digest: digestFor(index), length: 1234, mediaType: MEDIA_TYPE });

async function binnedRepository(tags: number, bits: number | undefined): Promise<Simulator> {
  const repository = await simulate({ now: Date.now() });
  const entries = Array.from({ length: tags }, (_, index) => [tagName(index), entryOf(index)] as const);
  if (bits === undefined)
    await repository.next('targets', RELEASES, { targets: new Map(entries.map(([path, entry]) => [path, tuf.entry(entry)])) });
  else {
    await spread(repository, 'releases', { bits });
    const bins = new Map<string, Record<string, ReturnType<typeof entryOf>>>();
    for (let number = 0; number < 2 ** bits; number += 1)
      bins.set(`releases-${number.toString(16).padStart(Math.ceil(bits / 4), '0')}`, {});
    const releases = repository.current('targets', RELEASES);
    for (const [path, entry] of entries) Object.assign(bins.get(binFor(repository, 'releases', path, releases)) ?? {}, { [path]: entry });
    for (const [bin, held] of bins) await binFile(repository, bin, held);
  }
  await repository.advance();
  return repository;
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
  const [large, small] = [await binnedRepository(TAGS, BITS), await binnedRepository(10, undefined)];
  const sizes = Array.from({ length: 500 }, (_, at) => verifyOne(large, at * 199).bytes);
  const worst = Math.max(...sizes);
  const sizeOf = (role: string): number => [...large.newest].find(([name]) => name === role)?.[1].bytes.length ?? 0;
  const bins = [...large.newest].filter(([name]) => large.isBin(name)).map(([, { bytes }]) => bytes.length);
  const context = ` (snapshot ${sizeOf('snapshot')}, bins ${Math.min(...bins)} to ${Math.max(...bins)}, median ${median(bins)})`;
  const times = Array.from({ length: ROUNDS }, (_, at) => {
    const [many, few] = [verifyOne(large, at * 1999).ms, verifyOne(small, at % 10).ms];
    return { many, few, ratio: many / few };
  });
  const ratio = median(times.map((time) => time.ratio));
  const ms = ` (${median(times.map(({ many }) => many)).toFixed(1)} against ${median(times.map(({ few }) => few)).toFixed(1)} ms)`;
  return [
    bytesRow(`metadata of one verification, ${TAGS} tags in ${2 ** BITS} bins, median`, median(sizes), context),
    // Not bounds: the largest bins are beyond 64 KiB, and the time is that of the library alone, of which a process has much more.
    { figure: 'the same, the most of 500 tags', measured: `${worst} bytes`, mustReach: '', reached: undefined },
    {
      figure: `the library alone, one of ${TAGS} tags in bins, against one of 10`,
      measured: `${ratio.toFixed(1)}×${ms}`,
      mustReach: '',
      reached: undefined,
    },
    await binsInProcess(),
  ];
}

const bytesRow = (figure: string, bytes: number, context: string): Row => ({
  figure,
  measured: `${bytes} bytes${context}`,
  mustReach: `≤ ${64 * KIB} bytes`,
  reached: bytes <= 64 * KIB,
});
