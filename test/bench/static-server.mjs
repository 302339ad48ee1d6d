// Serves the files of a folder as any static server does, ETag and 304 included. In a process of its own, so that neither
// contestant pays for it. Prints its port.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const folder = process.argv[2];
const files = new Map(
  readdirSync(folder).map((name) => {
    const bytes = readFileSync(join(folder, name));
    return [name, { bytes, etag: `"${createHash('sha256').update(bytes).digest('hex')}"` }];
  }),
);
const server = createServer((request, response) => {
  const file = files.get(request.url.slice(request.url.lastIndexOf('/') + 1));
  if (file === undefined) response.writeHead(404, { 'Content-Length': 0 }).end();
  else if (request.headers['if-none-match'] === file.etag) response.writeHead(304, { ETag: file.etag }).end();
  else
    response.writeHead(200, { ETag: file.etag, 'Content-Type': 'application/json', 'Content-Length': file.bytes.length }).end(file.bytes);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.on('SIGTERM', () => process.exit(0));
