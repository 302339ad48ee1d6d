// One verification in a small town of its own, so that V8's code cache holds just the functions that `verify` runs.
// Usage: node cli/rehearsal.mjs BUNDLE
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

const [, , bundle, ...words] = process.argv;
const script = join(bundle, 'main.cjs');

/** Runs the script as bin/countersign.cjs does; what `verify` had compiled when it is over is kept. */
function perform() {
  const program = new Script(readFileSync(script, 'latin1'), { filename: script });
  if (words[0] === 'verify') process.on('exit', () => writeFileSync(`${script}.cache`, program.createCachedData()));
  process.argv = [process.execPath, script, ...words];
  const importModule = (name) => import(name.startsWith('./') ? pathToFileURL(join(bundle, name)).href : name);
  program.runInThisContext()({}, createRequire(script), { exports: {} }, script, bundle, importModule);
}

const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [],
});

async function rehearse() {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-rehearsal-'));
  const registry = createServer((_, reply) => {
    reply.setHeader('content-type', 'application/vnd.oci.image.index.v1+json');
    reply.end(MANIFEST);
  }).listen(0, '127.0.0.1');
  await once(registry, 'listening');
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    COUNTERSIGN_TRUST_DIR: join(folder, 'trust'),
    COUNTERSIGN_PASSPHRASE: 'a rehearsal and nothing else',
  };
  const start = (...args) => spawn(process.execPath, [fileURLToPath(import.meta.url), bundle, ...args], { env });
  const server = start('serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'data'), '--output', 'json');
  try {
    const [line] = await once(createInterface(server.stdout), 'line');
    env.COUNTERSIGN_SERVER = JSON.parse(line).url;
    const image = `127.0.0.1:${registry.address().port}/rehearsal`;
    const digest = `sha256:${createHash('sha256').update(MANIFEST).digest('hex')}`;
    for (const args of [
      ['init', image],
      ['sign', `${image}:v1@${digest}`],
      ['verify', `${image}:v1`],
    ]) {
      const child = start(...args);
      child.stderr.pipe(process.stderr);
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error(`${args[0]}: exit ${code}`);
    }
  } finally {
    server.kill();
    registry.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await (words.length === 0 ? rehearse() : perform());
