// `npm run playground`: a trust server and a registry with a sample image, until Ctrl-C. What it prints points a shell at them.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startRegistry, uploadSampleImage } from '@countersign/testkit';
import { PROGRAM, serve, temporaryFolder } from '../lab/countersign.ts';

const folder = await temporaryFolder();
const registry = await startRegistry();
const server = await serve(join(folder.path, 'trust-server'));
const digest = await uploadSampleImage(registry.host, 'team/app', 'v1', { seed: 'playground' });

const programs = join(folder.path, 'bin');
await mkdir(programs);
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
// A file and not a function of the shell: scripts, subshells and other programs find it too.
await writeFile(join(programs, 'countersign'), `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(PROGRAM)} "$@"\n`, { mode: 0o755 });
process.stdout.write(
  [
    '# Paste these lines into another shell. Ctrl-C here ends the playground and removes what it made.',
    `export PATH=${quoted(programs)}:"$PATH"`,
    `export COUNTERSIGN_SERVER=${server.url}`,
    `export COUNTERSIGN_TRUST_DIR=${quoted(join(folder.path, 'trust'))}`,
    // For trying things out: whoever reads this page has the passphrase, and the keys go with the playground.
    `export COUNTERSIGN_PASSPHRASE=${quoted('correct horse battery staple')}`,
    `export IMAGE=${registry.host}/team/app`,
    `export DIGEST=${digest}`,
    '',
  ].join('\n'),
);

await new Promise<void>((resolve) => {
  process.once('SIGINT', resolve);
  process.once('SIGTERM', resolve);
});
await server.kill('SIGTERM');
await registry.close();
await folder.remove();
