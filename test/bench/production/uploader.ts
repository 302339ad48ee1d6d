// Uploads that were put together before, each repository's over a connection of its own.
import { openConnection } from './connection.ts';
import type { Files, Prepared } from './prepared.ts';

const BOUNDARY = 'countersign-8f0c2e4d61a79b3350de';

/** One request, from its first line to its last boundary. */
function requestOf(gun: string, files: Files): Buffer {
  const body = Buffer.concat([
    ...[...files].flatMap(([role, bytes]) => [
      Buffer.from(
        `--${BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="${role}.json"\r\nContent-Type: application/octet-stream\r\n\r\n`,
      ),
      bytes,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
  const head = [
    `POST /v2/${gun}/_trust/metadata/ HTTP/1.1`,
    'Host: 127.0.0.1',
    `Content-Type: multipart/form-data; boundary=${BOUNDARY}`,
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

export interface Uploader {
  readonly left: number;
  /** Sends the next upload. Throws for any answer but an acceptance. */
  next(): Promise<void>;
  close(): void;
}

/** Sends the uploads of one repository, one after the other, over a connection of its own. */
export async function uploaderOf(server: string, { gun, uploads }: Prepared): Promise<Uploader> {
  const requests = uploads.map((files) => requestOf(gun, files));
  const connection = await openConnection(server);
  let sent = 0;
  return {
    get left() {
      return requests.length - sent;
    },
    async next() {
      const request = requests[sent];
      if (request === undefined) throw new Error(`${gun}: no upload is left`);
      sent += 1;
      await connection.send(request);
    },
    close: () => connection.close(),
  };
}
