// The numbers for Prometheus. They name no repository and no caller, but tell how busy this server is and what it refuses: on the main
// address only who may administer everything reads them, and the address of their own is for this machine unless somebody says otherwise.
import type { Call } from '../call.ts';
import type { Metrics } from '../metrics.ts';
import { privateReply, type Reply } from '../reply.ts';
import type { World } from '../world.ts';

const made = new WeakMap<World, Promise<Metrics>>();

export async function getMetrics(_call: Call, world: World): Promise<Reply> {
  return await metricsReply(world);
}

export async function metricsReply(world: World): Promise<Reply> {
  const known = made.get(world) ?? import('../metrics.ts').then(({ metricsOf }) => metricsOf(world));
  made.set(world, known);
  const { type, text } = await (await known)();
  const reply = privateReply(Buffer.from(text));
  return { ...reply, headers: { ...reply.headers, 'Content-Type': type } };
}
