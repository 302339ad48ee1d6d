// `npm run playground`: a trust server and a registry with a sample image, until Ctrl-C. What it prints points a shell at them.
import { join } from 'node:path';
import { startRegistry, uploadSampleImage } from '@countersign/testkit';
import { PROGRAM, serve, temporaryFolder } from '../lab/countersign.ts';

const folder = await temporaryFolder();
const registry = await startRegistry();
const server = await serve(join(folder.path, 'trust-server'));
const digest = await uploadSampleImage(registry.host, 'team/app', 'v1', { seed: 'playground' });

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
process.stdout.write(
  [
    '# Paste these lines into another shell. Ctrl-C here ends the playground and removes what it made.',
    `countersign() { ${quoted(process.execPath)} ${quoted(PROGRAM)} "$@"; }`,
    `export COUNTERSIGN_SERVER=${server.url}`,
    `export COUNTERSIGN_TRUST_DIR=${quoted(join(folder.path, 'trust'))}`,
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
