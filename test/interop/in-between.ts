// Somebody between a server and its readers, who passes everything on and changes what he was told to change.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface InBetween {
  readonly base: string;
  /** By path below the metadata base; `undefined` says that there is no such file. */
  readonly instead: Map<string, Uint8Array | undefined>;
  close(): Promise<void>;
}

/** `base` has no slash at its end. */
export async function standBetween(base: string): Promise<InBetween> {
  const { origin, pathname } = new URL(base);
  const instead = new Map<string, Uint8Array | undefined>();
  const server = createServer(async (request, response) => {
    const url = request.url ?? '';
    const path = url.slice(pathname.length + 1);
    const lie = instead.get(path);
    if (instead.has(path)) return void response.writeHead(lie === undefined ? 404 : 200).end(lie);
    const answer = await fetch(`${origin}${url}`);
    response.writeHead(answer.status).end(new Uint8Array(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    instead,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
