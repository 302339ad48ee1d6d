// Where Express is, and nowhere else: it finds the address unless that one is direct, and everything behind it is a call and a reply.
import type { IncomingMessage, RequestListener } from 'node:http';
import { parseNotaryGun } from '@countersign/core';
import express, { type NextFunction, type Request, type Response } from 'express';
import { authorize } from './access.ts';
import type { Call } from './call.ts';
import { RequestError } from './errors.ts';
import { checkKept } from './kept.ts';
import { readGunPath } from './metadata-name.ts';
import { readBody } from './read-body.ts';
import type { Reply } from './reply.ts';
import { respond } from './respond.ts';
import type { Scope } from './rights.ts';
import { type Method, type RepositoryRoute, ROUTES, type ServerRoute } from './routes/table.ts';
import { heldIn, readUpload } from './upload.ts';
import { checkOrigin } from './web-safety.ts';
import type { World } from './world.ts';

type Answer = { readonly reply: Reply; readonly caller: string };

/** The listener for all requests but reads of stored files. The Host header must have been checked. */
export function edge(world: World): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  for (const route of ROUTES) {
    app.all(route.path, (request: Request, response: Response) =>
      respond(request, response, world, () =>
        route.of === 'server' ? ofServer(route, request, world) : ofRepository(route, request, world),
      ),
    );
  }
  app.use((request: Request, response: Response) =>
    respond(request, response, world, async () => {
      throw new RequestError('not-found', 'no such address');
    }),
  );
  // What Express refuses by itself: a path that is not percent-encoded UTF-8.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    respond(request, response, world, async () => {
      throw error instanceof URIError ? new RequestError('malformed', 'wanted a path in percent-encoded UTF-8') : error;
    }),
  );
  return (request, response) => {
    const path = pathOf(request);
    const direct = DIRECT.find((route) => route.path.test(path));
    if (direct === undefined) app(request, response);
    else void respond(request, response, world, () => ofRepository(direct, request, world));
  };
}

const DIRECT = ROUTES.filter((route) => route.of === 'repository').filter(({ direct }) => direct === true);

async function ofServer(route: ServerRoute, request: IncomingMessage, world: World): Promise<Answer> {
  methodOf(request, ['GET']);
  const { action } = route;
  const [right, scope]: readonly ['pull' | 'push' | 'admin', Scope] =
    action === 'known' || action === 'nobody' ? ['pull', '*nothing'] : [action, '*everything'];
  const caller =
    action === 'nobody'
      ? { name: 'nobody', may: () => false }
      : await authorize(world.access, request.headers.authorization, right, scope, world.now());
  return await handled(request, world, caller, (call) => route.handler(call, world));
}

async function ofRepository(route: RepositoryRoute, request: IncomingMessage, world: World): Promise<Answer> {
  // From the raw path: what Express decoded may hold slashes that were none.
  const [, name = '', part = ''] = route.path.exec(pathOf(request)) ?? [];
  const gun = route.names === 'notary' ? readGunPath(name, parseNotaryGun) : readGunPath(name);
  const method = methodOf(request, Object.keys(route.methods));
  const chosen = route.methods[method];
  if (chosen === undefined) throw new RequestError('not-found', 'no such address');
  if (method !== 'GET') checkOrigin(request.headers);
  const caller = await authorize(world.access, request.headers.authorization, chosen.action, gun, world.now());
  world.rates.checkRepository(request, gun);
  checkKept(world, gun);
  return await handled(request, world, caller, (call) => chosen.handler({ ...call, gun, part }, world));
}

async function handled(
  request: IncomingMessage,
  world: World,
  caller: Call['caller'],
  handler: (call: Call) => Promise<Reply>,
): Promise<Answer> {
  const held = heldIn(world.uploads);
  try {
    const query = new URLSearchParams(request.url?.split('?', 2)[1] ?? '');
    const reply = await handler({
      caller,
      query,
      upload: async () => await readUpload(request, world.limits, held),
      body: async (most) => await readBody(request, most, held),
    });
    return { reply, caller: caller.name };
  } finally {
    held.release();
  }
}

const pathOf = (request: IncomingMessage): string => request.url?.split('?', 1)[0] ?? '';

/** HEAD is answered as GET, without the body. Throws RequestError(`method-not-allowed`) with the methods that are. */
function methodOf(request: IncomingMessage, allowed: readonly string[]): Method {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const found = (['GET', 'POST', 'PUT', 'DELETE'] as const).find((name) => name === method && allowed.includes(name));
  if (found !== undefined) return found;
  const allow = allowed.flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name])).join(', ');
  throw new RequestError('method-not-allowed', `wanted ${allow}`, { details: { headers: { Allow: allow } } });
}
