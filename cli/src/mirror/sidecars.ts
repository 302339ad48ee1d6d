// How a web server should answer, in the words of two kinds of them: a snippet for nginx, and the `_headers` file that several CDNs read.
// A file with a version in its name never changes; the timestamp may be held for seconds, or nobody would see what was published.
import { join } from 'node:path';
import { allStates } from './mirror-state.ts';
import { makeServedFolder } from './served-folder.ts';
import { writeWhole } from './write-served.ts';

const FOR_EVER = 'max-age=31536000, immutable';
const A_MOMENT = 'max-age=10';

/** Beside the folder's content, in `.countersign-mirror/nginx.conf` and `_headers`. */
export async function writeSidecars(root: string): Promise<void> {
  const states = await allStates(root);
  const lines = states.flatMap(({ home, files }) =>
    files.map((name) => {
      const cache = name === 'timestamp.json' ? A_MOMENT : FOR_EVER;
      return `/${home}${name}\n  Cache-Control: ${cache}\n  Content-Type: application/json\n  Access-Control-Allow-Origin: *\n`;
    }),
  );
  await makeServedFolder(join(root, '.countersign-mirror'));
  await writeWhole(join(root, '_headers'), Buffer.from(lines.join('\n')));
  await writeWhole(join(root, '.countersign-mirror', 'nginx.conf'), Buffer.from(nginx()));
}

/** The timestamp first: nginx takes the first pattern that fits. What is not there must not be kept for ever: it is the next root. */
function nginx(): string {
  const headers = ['add_header Access-Control-Allow-Origin "*";', 'add_header X-Content-Type-Options "nosniff";'];
  const block = (pattern: string, cache: string): string =>
    [
      `location ~ ${pattern} {`,
      '  types { application/json json; }',
      // Without `always`, a 404 has no such header.
      `  add_header Cache-Control "${cache}";`,
      ...headers.map((line) => `  ${line}`),
      '}',
    ].join('\n');
  return [
    '# Made by countersign mirror: include it in the server block that serves this folder.',
    block('/_trust/metadata/timestamp\\.json$', A_MOMENT),
    block('/_trust/metadata/[^/]+\\.json$', FOR_EVER),
    'location /.countersign-mirror/ { deny all; }',
    '',
  ].join('\n');
}
