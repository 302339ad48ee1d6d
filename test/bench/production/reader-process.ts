// Reads one timestamp after the other from a few connections, and says how long they took. Its argument: a server and paths. Each line says
// for how many milliseconds; the answer is a list: how many reads there were, and their median and 99th percentile in milliseconds.
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { getOf, openConnection } from './connection.ts';

const CONNECTIONS = 4;
/** Between two reads of a connection: the server is not to be busy with these. */
const PAUSE_MS = 4;

const { url, paths }: { readonly url: string; readonly paths: readonly string[] } = JSON.parse(process.argv[2] ?? '{}');
const requests = paths.map(getOf);
const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(url)));
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const end = performance.now() + Number(line);
  const times: number[] = [];
  await Promise.all(
    connections.map(async (connection, index) => {
      for (let turn = index; performance.now() < end; turn += CONNECTIONS) {
        const request = requests[turn % requests.length];
        if (request === undefined) throw new Error('wanted paths');
        const start = performance.now();
        await connection.send(request);
        times.push(performance.now() - start);
        await pause(PAUSE_MS);
      }
    }),
  );
  times.sort((one, other) => one - other);
  const at = (share: number): number | undefined => times[Math.floor(share * times.length)];
  console.log(JSON.stringify([times.length, at(0.5), at(0.99)]));
}
for (const connection of connections) connection.close();
