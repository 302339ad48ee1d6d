// The numbers for Prometheus. They name no repository and no caller, but tell how busy this server is and what it refuses: on the main
// address only who may administer everything reads them, and the address of their own is for this machine unless somebody says otherwise.
import type { Call } from '../call.ts';
import type { Metrics } from '../metrics.ts';
import type { ProcessNumbers } from '../process-numbers.ts';
import { privateReply, type Reply } from '../reply.ts';
import type { World } from '../world.ts';

const made = new WeakMap<World, Promise<Metrics>>();

export async function getMetrics(_call: Call, world: World): Promise<Reply> {
  return await metricsReply(world);
}

export async function metricsReply(world: World): Promise<Reply> {
  const { own, all } = await metrics(world);
  const { type, text } = world.siblings === undefined ? await own() : await all(await world.siblings());
  const reply = privateReply(Buffer.from(text));
  return { ...reply, headers: { ...reply.headers, 'Content-Type': type } };
}

/** What this process adds to the numbers of all. */
export async function ownNumbers(world: World): Promise<ProcessNumbers> {
  try {
    return await (await metrics(world)).numbers();
  } catch (error) {
    world.log.error({ err: error }, 'the numbers of this process cannot be read');
    throw error;
  }
}

function metrics(world: World): Promise<Metrics> {
  const known = made.get(world) ?? import('../metrics.ts').then(({ metricsOf }) => metricsOf(world));
  made.set(world, known);
  return known;
}
