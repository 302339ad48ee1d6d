// The client that TUF's conformance suite drives: its words mapped to packages/client, and nothing of its own. Options come before the
// command. The exit code is 0 when everything succeeded and 1 for whatever else: the suite knows no other.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openTufRepository, type TufRepository } from '@countersign/client';
import { type Instant, parseGun, parseInstant, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { createHttp } from '@countersign/http';

export interface ConformanceWorld {
  readonly now: () => Instant;
  /** Where talk goes, a line at a time. */
  readonly say: (line: string) => void;
}

const OPTIONS = {
  'metadata-dir': { type: 'string' },
  'metadata-url': { type: 'string' },
  'target-name': { type: 'string', multiple: true },
  'target-dir': { type: 'string' },
  'target-base-url': { type: 'string' },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>['values'];

const LARGEST_TARGET = 64 * 1024 * 1024;

export async function runConformanceClient(args: readonly string[], world: ConformanceWorld): Promise<0 | 1> {
  const http = createHttp({
    plainHttp: 'loopback-only',
    timeouts: { connectMs: 5_000, idleMs: 10_000, totalMs: 30_000 },
    userAgent: 'countersign-conformance',
  });
  const open = (values: Values, metadata: string): TufRepository =>
    openTufRepository({
      name: parseGun('conformance'),
      metadata: new URL(metadata),
      folder: resolve(given(values, 'metadata-dir')),
      owner: process.geteuid?.(),
      http,
      crypto: nativeCryptography(),
      limits: STANDARD_LIMITS,
      now: world.now,
      // The suite travels through time, also to days before this program was built.
      builtAt: parseInstant('1970-01-01T00:00:00Z', 'builtAt'),
      random: (length) => new Uint8Array(randomBytes(length)),
      requests: 'in-order',
    });

  async function run(): Promise<void> {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const [command, rootFile = '', ...more] = positionals;
    if (more.length > 0) throw new Error(`wanted one command, got ${positionals.join(' ')}`);
    // Nobody is asked when trust starts; the URL is not known yet.
    if (command === 'init') return open(values, 'http://127.0.0.1/').trust(readFileSync(rootFile));
    if ((command !== 'refresh' && command !== 'download') || rootFile !== '')
      throw new Error(`wanted init, refresh or download, got ${positionals.join(' ')}`);
    const content = await open(values, given(values, 'metadata-url')).refresh();
    if (command === 'refresh') return;
    const [from, into] = [new URL(given(values, 'target-base-url')), resolve(given(values, 'target-dir'))];
    const names = values['target-name'] ?? [];
    if (names.length === 0) throw new Error('wanted --target-name');
    for (const name of names) {
      const { file, came } = await content.download(name, { from, into, largest: LARGEST_TARGET });
      world.say(`${name}: ${came}, ${file}`);
    }
  }

  try {
    await run();
    return 0;
  } catch (error) {
    world.say(String(error));
    return 1;
  } finally {
    http.close();
  }
}

function given(values: Values, name: 'metadata-dir' | 'metadata-url' | 'target-dir' | 'target-base-url'): string {
  const value = values[name];
  if (value === undefined) throw new Error(`wanted --${name}`);
  return value;
}
