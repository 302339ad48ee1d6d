// The first thing that sees a request. Reads of stored files end here: from the answers kept ready, or from the store. A route of a
// framework costs several times a bare answer, and these are nearly all requests.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Unclear, type UnclearRequest, unclearRequest } from '@countersign/http';
import { authorize } from './access.ts';
import type { AnswerRoom } from './answer-memory.ts';
import { type RequestCode, RequestError } from './errors.ts';
import { type HotHeaders, hotHeaders } from './hot-headers.ts';
import { problemOf } from './http-errors.ts';
import { checkKept } from './kept.ts';
import { readMetadataPath } from './metadata-name.ts';
import { notaryFront } from './notary/front.ts';
import { notaryProblemOf } from './notary/refusal.ts';
import type { ReadyAnswer } from './ready.ts';
import { isUnchanged, type Reply } from './reply.ts';
import { keyOf, repositoryOf } from './repository.ts';
import { respond } from './respond.ts';
import { livez, readyz } from './routes/health.ts';
import { type ReadAnswer, readMetadata } from './routes/metadata.ts';
import { checkHost } from './web-safety.ts';
import type { World } from './world.ts';

/** `rest` gets whatever is no read of a stored file. */
export function front(world: World, rest: RequestListener): RequestListener {
  const { moved } = world;
  const answer = answering(world, rest);
  if (moved === undefined) return answer;
  return (request, response) => {
    // Whether this process lives must not depend on the store.
    if (!isRead(request) || request.url === '/livez' || request.url === '/readyz') return answer(request, response);
    // Without an answer from the store, what is kept ready goes on being served: it says itself until when it may be believed, and what
    // is not kept is refused. That the store is gone is logged where it is asked.
    void moved
      .known()
      .catch(() => undefined)
      .then(() => answer(request, response));
  };
}

const isRead = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';

function answering(world: World, rest: RequestListener): RequestListener {
  return (request, response) => {
    const url = request.url ?? '';
    const read = isRead(request);
    const ready = read ? world.ready.get(url) : undefined;
    // Without a tag it is of Notary, whose clients are told that nothing is there when they ask for a head.
    if (ready !== undefined && (request.method === 'GET' || ready.tag !== undefined)) {
      const headers = hotHeaders(request.rawHeaders);
      if (mayHave(ready, headers, world)) return writeReady(ready, headers['if-none-match'], request, response, world);
    }
    const path = url.split('?', 1)[0] ?? '';
    const unclear = unclearRequest(request);
    if (unclear !== undefined) {
      void respond(request, response, world, () => refuseUnclear(unclear), isOurs(path) ? problemOf : notaryProblemOf);
      return;
    }
    // Under any name: who watches a server asks for it by its address, and hears nothing that a page could use.
    if (path === '/livez' || path === '/readyz') {
      void respond(request, response, world, async () => {
        if (!read) throw notAllowed();
        return { reply: path === '/livez' ? livez() : await readyz(world) };
      });
      return;
    }
    if (!isOurs(path) && world.hosts.allows(request.headers.host) && url.startsWith('/')) {
      void notaryFront(request, response, path, world);
      return;
    }
    if (path.startsWith('/v2/') && path.endsWith('.json')) {
      void respond(request, response, world, async (room) => ({ reply: await storedFile(path, url, request, world, room) }));
      return;
    }
    if (!world.hosts.allows(request.headers.host) || !url.startsWith('/')) {
      void respond(request, response, world, async () => {
        checkHost(world.hosts, request.headers);
        throw new RequestError('malformed', 'wanted a path as request target');
      });
      return;
    }
    rest(request, response);
  };
}

/** What TUF's clients and ours ask for. No name of theirs holds `_trust`, so nothing of Notary looks like it. */
const isOurs = (path: string): boolean =>
  path.startsWith('/_countersign/') || (/\/_trust\/metadata\/[^/]*$/.test(path) && !path.includes('/_trust/tuf/'));

function mayHave(ready: ReadyAnswer, headers: HotHeaders, world: World): boolean {
  const now = world.now();
  return (
    now < ready.until &&
    !headers.twice &&
    world.hosts.allows(headers.host) &&
    world.access.recall(headers.authorization, now)?.may('pull', ready.gun) === true
  );
}

function writeReady(
  ready: ReadyAnswer,
  match: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  { counts }: World,
): void {
  ready.asked = true;
  if (isUnchanged(match, ready.tag)) {
    counts.readyUnchanged += 1;
    response.writeHead(304, ready.unchanged).end();
    return;
  }
  counts.readyFull += 1;
  response.writeHead(ready.status, ready.head);
  if (request.method === 'HEAD') response.end();
  else if (typeof ready.body === 'string') response.end(ready.body, 'latin1');
  else response.end(ready.body);
}

const UNCLEAR: Readonly<Record<Unclear, RequestCode>> = {
  'repeated-header': 'malformed',
  'coded-body': 'unsupported-encoding',
  'many-headers': 'too-many-headers',
};

async function refuseUnclear({ kind, text }: UnclearRequest): Promise<never> {
  throw new RequestError(UNCLEAR[kind], text);
}

const notAllowed = (): RequestError =>
  new RequestError('method-not-allowed', 'wanted GET, HEAD', { details: { headers: { Allow: 'GET, HEAD' } } });

async function storedFile(path: string, url: string, request: IncomingMessage, world: World, room: AnswerRoom): Promise<Reply> {
  checkHost(world.hosts, request.headers);
  const name = readMetadataPath(path);
  if (name === 'other') throw new RequestError('not-found', 'no such address');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw notAllowed();
  }
  if (name === 'none') {
    await authorize(world.access, request.headers.authorization, 'pull', '*nothing', world.now());
    throw new RequestError('not-found', 'no such file');
  }
  await authorize(world.access, request.headers.authorization, 'pull', name.gun, world.now());
  checkKept(world, name.gun);
  const reading = world.ready.begin(keyOf(repositoryOf(name.gun, 'tuf')));
  try {
    const { reply, until }: ReadAnswer = await readMetadata(name, world, room);
    // Only under the address itself: with a query there would be no end of addresses for one file.
    if (path === url && until > world.now()) world.ready.keep(url, reading, name.gun, reply, until);
    return reply;
  } finally {
    world.ready.end(reading);
  }
}
