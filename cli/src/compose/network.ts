// The HTTP client of a command: its deadlines, and the certificates it trusts.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createHttp, type HttpClient } from '@countersign/http';
import { UsageError } from '../errors.ts';
import { dockerConfigFolder } from '../folders.ts';
import type { Given } from '../tree/spec.ts';
import { VERSION } from '../version.ts';
import type { World } from '../world.ts';
import type { Config } from './config.ts';

const TIMEOUTS = { connectMs: 10_000, idleMs: 20_000, totalMs: 120_000 };

export type PlainHttp = 'loopback-only' | 'unsafe-anywhere';

export const plainHttpOf = (given: Given): PlainHttp => (given.flag('unsafe-plain-http') ? 'unsafe-anywhere' : 'loopback-only');

/** Whoever opens it closes it. Throws UsageError when a named certificate file cannot be read. */
export function openHttp(world: World, given: Given, config: Config, timeouts: Partial<typeof TIMEOUTS> = {}): HttpClient {
  const option = given.text('ca-file');
  const named = option === undefined ? config.caFile : resolve(world.cwd, option);
  const everywhere = named === undefined ? '' : readPem(named);
  const docker = dockerConfigFolder(world);
  const open = world.http ?? createHttp;
  return open({
    plainHttp: plainHttpOf(given),
    timeouts: { ...TIMEOUTS, ...timeouts },
    userAgent: `countersign/${VERSION}`,
    caFor(host) {
      const pem = `${everywhere}${docker === undefined ? '' : dockerCa(docker, host)}`;
      return pem === '' ? undefined : pem;
    },
  });
}

function readPem(path: string): string {
  const next = 'correct --ca-file, or caFile in config.json';
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError('bad-arguments', `cannot read the certificates in ${path}`, { cause, next });
  }
  // Node takes a file without any for a list of none.
  if (/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(text)) return text;
  throw new UsageError('bad-arguments', `${path} holds no certificate: wanted PEM`, { next });
}

/** Docker keeps the certificate authority of a trust server at `tls/HOST/ca.crt`. */
function dockerCa(folder: string, host: string): string {
  if (!/^[a-z0-9.:[\]-]+$/i.test(host) || host.startsWith('.')) return '';
  try {
    return `\n${readFileSync(join(folder, 'tls', host, 'ca.crt'), 'utf8')}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return '';
    throw error;
  }
}
