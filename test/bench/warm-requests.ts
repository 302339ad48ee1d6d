// What a warm verification costs the trust server when nothing changed.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseDigest } from '@countersign/core';
import type { HttpClient } from '@countersign/http';
import { library, loopbackHttp } from '../lab/library.ts';
import { MEDIA_TYPE, manifestOf } from './flat.ts';
import { publishOne, SOME_GUN } from './published.ts';
import type { Row } from './table.ts';

export async function warmRequests(): Promise<readonly Row[]> {
  const bytes = manifestOf(1);
  const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  const { server, folder, gun, pin, close } = await publishOne(SOME_GUN, digest, bytes.length);
  try {
    const manifests = { manifest: async () => ({ bytes, mediaType: MEDIA_TYPE }) };
    const verify = async (http: HttpClient): Promise<void> => {
      await library({ server: server.url, folder: join(folder, 'consumer'), pin, http }).verify({ gun, tag: 'v1' }, manifests);
    };
    await verify(loopbackHttp());
    const counted = countingHttp();
    await verify(counted.http);
    const { requests, bodies } = counted;
    const figure = 'warm verify, nothing changed: requests, bytes of bodies';
    return [{ figure, measured: `${requests()}, ${bodies()}`, mustReach: '2, ≤ 1024', reached: requests() === 2 && bodies() <= 1024 }];
  } finally {
    await close();
  }
}

function countingHttp() {
  const http = loopbackHttp();
  let requests = 0;
  let bodies = 0;
  const counting: HttpClient = {
    async send(request) {
      const reply = await http.send(request);
      requests += 1;
      bodies += reply.body.length;
      return reply;
    },
    close: () => http.close(),
  };
  return { http: counting, requests: () => requests, bodies: () => bodies };
}
