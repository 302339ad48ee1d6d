// Writes a reply, or why there is none, and reads what is left of the request so that the connection can go on.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type AnswerRoom, answerRoom } from './answer-memory.ts';
import { RequestError } from './errors.ts';
import { problemOf } from './http-errors.ts';
import { isUnchanged, type Reply, unchangedHeaders } from './reply.ts';
import { requestClass } from './request-class.ts';
import { requestId } from './request-id.ts';
import type { World } from './world.ts';

/**
 * Runs `work`, writes what comes of it (of an error, what `told` makes of it), and logs it: each write and each refusal, no successful
 * read. Never rejects.
 */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  world: World,
  work: (room: AnswerRoom) => Promise<{ readonly reply: Reply; readonly caller?: string }>,
  told: (error: unknown) => Reply = problemOf,
): Promise<void> {
  const started = performance.now();
  const id = requestId(request);
  const trace = world.spans.here();
  const room = answerRoom(world.answers);
  try {
    await world.rates.check(request);
    const { reply, caller } = await work(room);
    const answer = named(reply, id);
    if (reply.stream !== undefined && request.method !== 'HEAD') await pour(request, response, reply.stream, answer, world);
    else write(request, response, answer, room);
    world.counts.request(requestClass(request.method, request.url), reply.status, (performance.now() - started) / 1000);
    if (reply.facts !== undefined)
      world.log.info({ id, ...trace, ...lineOf(request, reply.status, started), caller, ...reply.facts }, 'written');
  } catch (error) {
    const reply = told(error);
    world.rates.refused(request, reply.status);
    write(request, response, named(reply, id), room);
    world.counts.request(requestClass(request.method, request.url), reply.status, (performance.now() - started) / 1000);
    world.counts.refusal(error);
    logRefusal(id, request, reply.status, started, error, world);
  } finally {
    room.releaseAfter(request, response);
  }
}

/** Answers from memory go out without a name: they are in no log line. */
const named = (reply: Reply, id: string): Reply => ({ ...reply, headers: { ...reply.headers, 'X-Request-Id': id } });

/** Writes a body whose end nobody knows yet. When it fails the connection is cut, so that what came is not taken for the whole. */
async function pour(
  request: IncomingMessage,
  response: ServerResponse,
  stream: AsyncIterable<Uint8Array>,
  { status, headers }: Reply,
  world: World,
): Promise<void> {
  response.writeHead(status, headers);
  drain(request);
  try {
    await pipeline(Readable.from(stream, { objectMode: true, highWaterMark: 1 }), response);
  } catch (error) {
    // Whoever asked may have gone; what the store said must not be lost.
    world.log.error({ url: request.url?.slice(0, 400), err: error }, 'a stream broke off');
    response.destroy();
  }
}

// What a refused request may still send before its connection is cut. Answering and hanging up at once would reset the connection,
// and the client would never read the answer.
const STILL_READ = 64 * 1024 * 1024;

function write(request: IncomingMessage, response: ServerResponse, reply: Reply, room: AnswerRoom): void {
  if (response.destroyed || response.headersSent) return;
  const withBody = request.method !== 'HEAD';
  if (reply.status === 200 && isUnchanged(request.headers['if-none-match'], reply.headers['ETag'])) {
    response.writeHead(304, unchangedHeaders(reply)).end();
  } else {
    if (withBody) room.reserve(reply.body.length);
    response.writeHead(reply.status, { ...reply.headers, 'Content-Length': String(reply.body.length) });
    response.end(withBody ? reply.body : undefined);
  }
  drain(request);
}

function drain(request: IncomingMessage): void {
  if (request.complete || request.readableEnded) return;
  let left = STILL_READ;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}

function logRefusal(id: string, request: IncomingMessage, status: number, started: number, error: unknown, world: World): void {
  // There is no newer root: every warm client asks, and nothing is wrong.
  const ordinary = status === 404 && (request.method === 'GET' || request.method === 'HEAD');
  if (ordinary) return;
  const line = { id, ...world.spans.here(), ...lineOf(request, status, started) };
  // What this program says no with itself needs no trace of its calls; what came from below does.
  const known = error instanceof RequestError && error.cause === undefined;
  if (status >= 500) world.log.error(known ? { ...line, code: error.code, why: error.message } : { ...line, err: error }, 'failed');
  else world.log.warn({ ...line, ...(error instanceof Error ? { code: codeOf(error), why: error.message } : {}) }, 'refused');
}

const codeOf = (error: Error): unknown => ('code' in error ? error.code : undefined);

const lineOf = (request: IncomingMessage, status: number, started: number): Readonly<Record<string, unknown>> => ({
  method: request.method,
  url: request.url?.slice(0, 400),
  status,
  from: request.socket.remoteAddress,
  ms: Math.round(performance.now() - started),
});
