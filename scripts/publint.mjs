// Reads every public package as npm would publish it: what `exports` names must be in the archive, with types that resolve.
// It packs what `tsc -b` built, so build first.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = ['packages', 'services']
  .flatMap((parent) => readdirSync(`${root}${parent}`).map((name) => `${parent}/${name}`))
  .concat('cli');

let checked = 0;
let problems = 0;
for (const folder of folders) {
  const manifest = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8'));
  if (manifest.private === true) continue;
  const { messages, pkg } = await publint({ pkgDir: `${root}${folder}`, pack: 'npm', strict: true });
  checked += 1;
  problems += messages.length;
  for (const message of messages) console.error(`${folder}: ${formatMessage(message, pkg, { color: false })}`);
}
console.log(`publint: ${checked} packages, ${problems} problems`);
if (problems > 0 || checked === 0) process.exit(1);
