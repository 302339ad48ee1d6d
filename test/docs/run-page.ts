// Runs the commands of one page in one shell, as a reader would who types them one after the other, in an empty folder, with a
// trust server and a registry on the addresses that the page names.
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startRegistry, uploadSampleImage } from '@countersign/testkit';
import { type Outcome, PROGRAM, runCommand, serve, temporaryFolder } from '../lab/countersign.ts';
import { missingTools } from '../lab/tools.ts';
import type { Block } from './blocks.ts';
import { type Database, startDatabase } from './database.ts';
import { startOldServer } from './old-server.ts';

/** What pages write where a reader has servers of their own. */
const REGISTRY = 'localhost:5000';
const SERVER = 'http://localhost:4443';
const OLD_SERVER = 'https://notary.example.com';
const DATABASE = 'db.example.com:5432';

export interface PageOutcome extends Outcome {
  /** Blocks that need programs this machine lacks. */
  readonly skipped: readonly string[];
}

export async function runPage(blocks: readonly Block[]): Promise<PageOutcome> {
  const folder = await temporaryFolder();
  const registry = await startRegistry();
  const server = await serve(join(folder.path, 'trust-server'));
  const text = blocks.flatMap(({ commands }) => commands.map((command) => command.text)).join('\n');
  const old = text.includes(OLD_SERVER) ? await startOldServer(join(folder.path, 'old-server')) : undefined;
  const database = text.includes(DATABASE) ? await startDatabase() : undefined;
  try {
    const digest = await uploadSampleImage(registry.host, 'team/app', 'v1', { seed: 'docs' });
    const bin = join(folder.path, 'bin');
    await mkdir(bin);
    await chmod(PROGRAM, 0o755);
    await symlink(PROGRAM, join(bin, 'countersign'));
    const skipped: string[] = [];
    const lines = [
      'set -u',
      // A server that the page starts must not outlive it, and would keep our pipes open.
      "trap 'kill $(jobs -p) 2>/dev/null' EXIT",
      'try() { want=$1; where=$2; got=$3; if [ "$got" -ne "$want" ]; then echo "$where: exit $got, wanted $want" >&2; exit 99; fi; }',
    ];
    for (const block of blocks) {
      const missing = lacking(block.needs, database);
      if (missing !== undefined) {
        skipped.push(missing);
        continue;
      }
      for (const { line, text, exit } of block.commands) {
        // `npm run …` is what runs this; that the script exists is checked by the caller.
        if (/^npm (run|test|ci)\b/.test(text)) continue;
        lines.push(`echo '+ line ${line}' >&2`, text, `try ${exit} 'line ${line}' $?`);
      }
    }
    const script = join(folder.path, 'page.sh');
    const home = join(folder.path, 'home');
    await mkdir(home);
    await writeFile(
      script,
      `cd "$HOME"\n${lines.join('\n')}\n`
        .replaceAll(REGISTRY, registry.host)
        .replaceAll(SERVER, server.url.replace(/\/$/, ''))
        .replaceAll(OLD_SERVER, old?.url ?? OLD_SERVER)
        .replaceAll(DATABASE, database?.host ?? DATABASE),
    );
    const env = {
      PATH: `${bin}:${process.env['PATH']}`,
      HOME: home,
      COUNTERSIGN_SERVER: server.url,
      COUNTERSIGN_PASSPHRASE: 'correct horse battery staple',
      IMAGE: `${registry.host}/team/app`,
      DIGEST: digest,
    };
    return { ...(await runCommand('bash', [script], env)), skipped };
  } finally {
    await old?.close();
    await database?.close();
    await server.kill('SIGTERM');
    await registry.close();
    await folder.remove();
  }
}

/** `postgresql` is no program of its own: it stands for a database. */
function lacking(needs: readonly string[], database: Database | undefined): string | undefined {
  if (needs.includes('postgresql') && database === undefined) return 'postgresql';
  return missingTools(...needs.filter((name) => name !== 'postgresql'));
}
