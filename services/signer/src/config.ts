// The settings of a signing service: parsed once, strict, and read-only from then on.
import { resolve } from 'node:path';
import type { Lifetimes } from '@countersign/core';
import { SetupError } from './errors.ts';

export interface SignerConfig {
  readonly listen: { readonly host: string; readonly port: number };
  /** Where numbers for Prometheus and health are read without credentials: an address of this machine. */
  readonly metricsListen: { readonly host: string; readonly port: number } | undefined;
  /** The data folder: the encrypted master key, and what was signed. */
  readonly data: string;
  /** Files in PEM: the service's own certificate and key, and the authorities of those who may connect. */
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa: string };
  /** Common names in the certificates of the trust servers that may ask for signatures. */
  readonly callers: readonly string[];
  /** Common names of those who may besides retire keys in force, and let a name begin anew. */
  readonly administrators: readonly string[];
  /** The longest lives of what is signed, in milliseconds. */
  readonly longest: Lifetimes;
  /** Most bytes of one request's body. */
  readonly bodyBytes: number;
  /** Most bytes of bodies held at once. */
  readonly bodyMemory: number;
  readonly requestTimeout: number;
  /** Takes a master key without its memory for a new one. */
  readonly unsafeNewMemory: boolean;
}

const MIB = 1024 * 1024;
const DAY = 86_400_000;
const KEYS: ReadonlySet<string> = new Set([
  'listen',
  'metricsListen',
  'data',
  'tlsCert',
  'tlsKey',
  'tlsClientCa',
  'callers',
  'administrators',
  'timestampExpiry',
  'snapshotExpiry',
  'bodyBytes',
  'bodyMemory',
  'requestTimeout',
  'unsafeNewMemory',
]);
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: DAY, w: 7 * DAY };

/** Reads a plain object whose keys are the options of `signing-service serve` in camel case. Throws SetupError(`invalid-config`). */
export function parseSignerConfig(given: Readonly<Record<string, unknown>>): SignerConfig {
  const unknown = Object.keys(given).find((key) => !KEYS.has(key));
  if (unknown !== undefined) throw invalid(`${unknown.slice(0, 40)}: unknown setting`);
  const callers = names(given, 'callers');
  if (callers.length === 0)
    throw invalid('callers: wanted the common name of at least one trust server; without it nothing could be signed');
  const longest = { timestamp: duration(given, 'timestampExpiry', 3 * DAY), snapshot: duration(given, 'snapshotExpiry', 14 * DAY) };
  if (longest.snapshot < longest.timestamp) throw invalid('snapshotExpiry: wanted at least as long a life as timestampExpiry');
  return {
    listen: address(text(given, 'listen', '127.0.0.1:4444')),
    metricsListen: given['metricsListen'] === undefined ? undefined : ownAddress(text(given, 'metricsListen')),
    data: resolve(text(given, 'data')),
    tls: { cert: text(given, 'tlsCert'), key: text(given, 'tlsKey'), clientCa: text(given, 'tlsClientCa') },
    callers,
    administrators: names(given, 'administrators'),
    longest,
    bodyBytes: count(given, 'bodyBytes', 128 * MIB),
    bodyMemory: count(given, 'bodyMemory', 256 * MIB),
    requestTimeout: duration(given, 'requestTimeout', 60_000),
    unsafeNewMemory: given['unsafeNewMemory'] === true,
  };
}

function text(given: Readonly<Record<string, unknown>>, key: string, usual?: string): string {
  const value = given[key] ?? usual;
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`${key}: wanted ${value === undefined ? 'it, got nothing' : 'text'}`);
}

function names(given: Readonly<Record<string, unknown>>, key: string): readonly string[] {
  const value = given[key] ?? [];
  if (Array.isArray(value) && value.every((one): one is string => typeof one === 'string' && one !== '')) return value;
  throw invalid(`${key}: wanted a list of common names`);
}

function count(given: Readonly<Record<string, unknown>>, key: string, usual: number): number {
  const value = given[key] ?? usual;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw invalid(`${key}: wanted a whole number from 1`);
}

function duration(given: Readonly<Record<string, unknown>>, key: string, usual: number): number {
  const value = given[key];
  if (value === undefined) return usual;
  const [, digits = '', unit = ''] = /^([1-9][0-9]{0,5})([smhdw])$/.exec(typeof value === 'string' ? value : '') ?? [];
  const milliseconds = Number(digits) * (UNITS[unit] ?? Number.NaN);
  if (Number.isSafeInteger(milliseconds)) return milliseconds;
  throw invalid(`${key}: wanted a length of time like 90s, 12h or 3d`);
}

/** Whoever reaches it is asked for nothing. */
function ownAddress(value: string): SignerConfig['listen'] {
  const at = address(value);
  if (at.host === 'localhost' || at.host === '::1' || /^127(\.[0-9]{1,3}){3}$/.test(at.host)) return at;
  throw invalid(`metricsListen: wanted an address of this machine, got ${at.host.slice(0, 80)}`);
}

function address(value: string): SignerConfig['listen'] {
  const [, v6, name, digits = ''] = /^(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9.-]+)):([0-9]{1,5})$/.exec(value) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw invalid(`listen: wanted an address and port like 127.0.0.1:4444, got ${JSON.stringify(value).slice(0, 80)}`);
}

const invalid = (why: string): SetupError => new SetupError('invalid-config', why);
