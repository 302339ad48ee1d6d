// Requests per second for `timestamp.json`, against a bare node:http server that answers the same bytes and headers.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { startChildServer } from './child-server.ts';
import { median } from './measure.ts';
import { publishOne, SOME_DIGEST, SOME_GUN } from './published.ts';
import type { Row } from './table.ts';

const ROUNDS = 5;
const SECONDS = 3;
/** What a server adds by itself to each answer. */
const AUTOMATIC = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding']);

export async function timestampReads(): Promise<readonly Row[]> {
  const { server, folder, gun, close } = await publishOne(SOME_GUN, SOME_DIGEST, 1);
  const url = `${server.url.replace(/\/$/, '')}/v2/${gun}/_trust/metadata/timestamp.json`;
  const bare = await startBare(url, join(folder, 'bare.json'));
  try {
    const rounds: { readonly ours: number; readonly bare: number }[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const pair = { ours: await load(url), bare: await load(bare.url) };
      if (round > 0) rounds.push(pair);
    }
    const share = 100 * median(rounds.map((round) => round.ours / round.bare));
    const context = ` (${median(rounds.map((round) => round.ours)).toFixed(0)} of ${median(rounds.map((round) => round.bare)).toFixed(0)} a second)`;
    const figure = 'GET timestamp.json, against bare node:http';
    return [{ figure, measured: `${share.toFixed(0)} %${context}`, mustReach: '≥ 80 %', reached: share >= 80 }];
  } finally {
    bare.stop();
    await close();
  }
}

// Pipelined, so that the server is what is measured and not the one who asks.
async function load(url: string): Promise<number> {
  const result = await autocannon({ url, connections: 32, pipelining: 4, duration: SECONDS });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} refusals, ${result.errors} errors`);
  return result.requests.average;
}

async function startBare(like: string, file: string) {
  const answer = await fetch(like);
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => !AUTOMATIC.has(name)));
  const body = Buffer.from(await answer.arrayBuffer()).toString('base64');
  await writeFile(file, JSON.stringify({ headers, body }));
  const server = await startChildServer('bare-server.mjs', file);
  return { url: `${server.url}timestamp.json`, stop: server.stop };
}
