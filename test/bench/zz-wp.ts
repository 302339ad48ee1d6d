// @ts-nocheck

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRegistry, uploadSampleImage } from '@countersign/testkit';
import { machine, PROGRAM, serve, temporaryFolder } from '../lab/countersign.ts';

const folder = await temporaryFolder();
const server = await serve(join(folder.path, 'data'));
const registry = await startRegistry();
const image = `${registry.host}/team/app`;
const digest = await uploadSampleImage(registry.host, 'team/app', 'v1', { seed: 'bench' });
const { countersign, env } = machine(folder.path, server.url);
await countersign(['init', image]);
await countersign(['sign', `${image}:v1@${digest}`]);
await countersign(['verify', `${image}:v1`]);
const e = Object.entries(env)
  .filter(([k, v]) => v !== undefined && process.env[k] !== v)
  .map(([k, v]) => `export ${k}=${JSON.stringify(v)}`)
  .join('\n');
writeFileSync('/tmp/wp.sh', `${e}\nunset NODE_EXTRA_CA_CERTS\nIMAGE=${image}:v1\nPROGRAM=${PROGRAM}\n`);
console.log('ready');
process.stdin.resume();
process.stdin.on('end', async () => {
  await registry.close();
  await server.kill('SIGTERM');
  await folder.remove();
  process.exit(0);
});
