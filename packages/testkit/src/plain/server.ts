// A server of plain repositories that speaks HTTP/1.0: one request a connection, no headers to rely on, and everything noted.
import { createServer, type Socket } from 'node:net';
import type { PlainRepository } from './repository.ts';

export interface PlainServer {
  /** The base of a repository: its metadata lies in `metadata/`, its files in `targets/`. */
  add(name: string, repository: PlainRepository): URL;
  close(): Promise<void>;
}

const REQUEST = /^GET \/([^/ ]+)\/(metadata|targets)\/([^ ]*) HTTP\/1\.[01]\r\n/;

export async function startPlainServer(): Promise<PlainServer> {
  const repositories = new Map<string, PlainRepository>();
  const sockets = new Set<Socket>();

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let head = '';
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      const [, name = '', kind, path = ''] = REQUEST.exec(head) ?? [];
      const repository = repositories.get(name);
      const body = repository && (kind === 'metadata' ? metadataFile(repository, path) : artifact(repository, path));
      const status = body === undefined ? '404 Not Found' : '200 OK';
      socket.end(
        Buffer.concat([Buffer.from(`HTTP/1.0 ${status}\r\nContent-length: ${body?.length ?? 0}\r\n\r\n`), body ?? Buffer.alloc(0)]),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    add(name, repository) {
      repositories.set(name, repository);
      return new URL(`http://127.0.0.1:${address.port}/${name}/`);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** `3.root.json` always; `3.snapshot.json` where the root says so, else `snapshot.json`; `timestamp.json`. */
function metadataFile({ requests, published, root }: PlainRepository, path: string): Uint8Array | undefined {
  const name = path.replace(/\.json$/, '');
  const [, version, role] = /^([0-9]+)\.(.+)$/.exec(name) ?? [];
  const versioned = role !== undefined && (role === 'root' || root.consistent_snapshot === true);
  const [asked, at] = versioned ? [role, Number(version)] : [name, undefined];
  requests.push([asked, at]);
  const files = published.get(decodeURIComponent(asked));
  return at === undefined ? files?.at(-1) : files?.[at - 1];
}

function artifact({ fetched, artifacts, root }: PlainRepository, path: string): Uint8Array | undefined {
  const [, folder = '', file = ''] = /^(.*\/)?([^/]*)$/.exec(path) ?? [];
  const [, prefix, name = ''] = root.consistent_snapshot === true ? (/^([0-9a-f]+)\.(.*)$/.exec(file) ?? []) : ['', undefined, file];
  const asked = decodeURIComponent(`${folder}${name}`);
  fetched.push([asked, prefix]);
  return artifacts.get(asked);
}
