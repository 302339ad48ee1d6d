// The configuration: parsed once, strict, and read-only from then on. Its keys are the long options of `countersign serve`.
import { readFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { type Lifetimes, type Limits, STANDARD_LIMITS } from '@countersign/core';
import { z } from 'zod';
import { isLoopback, type ListenAddress, readListenAddress } from './address.ts';
import { ADDRESS_WANTED, isDatabaseAddress } from './database-address.ts';
import { DURATION as duration } from './duration-shape.ts';
import { StartError } from './errors.ts';
import { NOTARY_SHAPE, type NotarySettings } from './notary-config/settings.ts';
import { RATES_SHAPE, type RateLimits, ratesOf } from './rates-shape.ts';
import { SIGNER_SHAPE, type SignerSettings, signerOf } from './signing/signer-settings.ts';
import { systemReason } from './system-reason.ts';

export interface ServerConfig {
  readonly listen: ListenAddress;
  /** URL of a PostgreSQL database; undefined for the store in the data folder. It may hold a password. */
  readonly store: string | undefined;
  /** The data folder: the store unless `store` names another, and `master.key` unless `masterKeyFile` names another. */
  readonly data: string;
  /** Outside the data folder, so that restoring one does not restore the other. */
  readonly highWater: string;
  readonly masterKeyFile: string | undefined;
  /** The signing service that holds the keys; undefined where this process does. Its files are in PEM. */
  readonly signer: SignerSettings | undefined;
  readonly access: string | undefined;
  /** Files in PEM. With `clientCa`, who has no certificate of those authorities gets no connection. */
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa: string | undefined } | undefined;
  readonly notary: NotarySettings;
  /** Names under which this server may be asked, beside those of this machine. */
  readonly allowedHosts: readonly string[];
  /** Anybody who reaches this server may do everything. */
  readonly unsafeOpen: boolean;
  /** Takes a store without its marks for what it is. */
  readonly unsafeNewHighWater: boolean;
  readonly lifetimes: Lifetimes;
  readonly limits: Limits;
  /** Most bytes of uploads held in memory at once. */
  readonly uploadMemory: number;
  /** Most bytes of large answers on their way at once. */
  readonly answerMemory: number;
  /** Bytes of answers kept ready. */
  readonly readyMemory: number;
  readonly maxConnections: number;
  /** Processes of this machine that serve one store. */
  readonly workers: number;
  /** Milliseconds for a whole request, its body included. */
  readonly requestTimeout: number;
  readonly headersTimeout: number;
  /** Where numbers for Prometheus are read without credentials: an address of this machine, unless `unsafeOpenMetrics`. */
  readonly metricsListen: ListenAddress | undefined;
  readonly unsafeOpenMetrics: boolean;
  readonly rates: RateLimits;
  /** Where spans are received over OTLP/HTTP. */
  readonly traces: string | undefined;
}

const listen = z.string().transform((text, context) => {
  const address = readListenAddress(text);
  if (address !== undefined) return address;
  context.addIssue({ code: 'custom', message: `wanted an address and port like 127.0.0.1:4443, got ${JSON.stringify(text).slice(0, 80)}` });
  return z.NEVER;
});
const path = z.string().min(1);
const count = z.int().min(1).optional();

const SHAPE = z.strictObject({
  listen: listen.prefault('127.0.0.1:4443'),
  data: path,
  store: z.string().refine(isDatabaseAddress, ADDRESS_WANTED).optional(),
  highWater: path.optional(),
  masterKeyFile: path.optional(),
  ...SIGNER_SHAPE,
  access: path.optional(),
  tlsCert: path.optional(),
  tlsKey: path.optional(),
  tlsClientCa: path.optional(),
  notary: NOTARY_SHAPE,
  allowedHosts: z.array(z.string().regex(/^[a-zA-Z0-9.-]+$|^\[[0-9a-fA-F:.]+\]$/, 'wanted host names without a port')).default([]),
  unsafeOpen: z.boolean().default(false),
  unsafeNewHighWater: z.boolean().default(false),
  timestampExpiry: duration.prefault('3d'),
  snapshotExpiry: duration.prefault('14d'),
  limits: z
    .strictObject({
      rootBytes: count,
      timestampBytes: count,
      snapshotBytes: count,
      targetsBytes: count,
      uploadBytes: count,
      uploadParts: count,
      repositoryBytes: count,
      uploadKeys: count,
      uploadKeyUses: count,
      signatures: count,
      jsonDepth: count,
    })
    .prefault({}),
  uploadMemory: z
    .int()
    .min(1)
    .default(256 * 1024 * 1024),
  answerMemory: z
    .int()
    .min(1)
    .default(512 * 1024 * 1024),
  readyMemory: z
    .int()
    .min(0)
    .default(16 * 1024 * 1024),
  maxConnections: z.int().min(1).default(4096),
  workers: z.int().min(1).max(128).default(1),
  requestTimeout: duration.prefault('2m'),
  headersTimeout: duration.prefault('15s'),
  metricsListen: listen.optional(),
  unsafeOpenMetrics: z.boolean().default(false),
  rates: RATES_SHAPE,
  traces: z
    .string()
    .regex(/^https?:\/\/[^/?#@]+\/?$/, 'wanted http://HOST:PORT or https://HOST:PORT')
    .optional(),
});

/** Every setting, as a file spells it. */
export const CONFIG_KEYS: readonly string[] = Object.keys(SHAPE.shape);

/** Whether this value, as it stands, is one that the setting takes. */
export function isSetting(key: string, value: unknown): boolean {
  const shape = Object.entries(SHAPE.shape).find(([name]) => name === key)?.[1];
  return shape?.safeParse(value).success === true;
}

/**
 * Reads a configuration: a plain object whose keys are the options of `serve` in camel case, `{ data: '/srv/trust' }` at the
 * least. Throws StartError: `invalid-config`, naming the key, or `unsafe-listen`.
 */
export function parseServerConfig(value: unknown): ServerConfig {
  const read = SHAPE.safeParse(value);
  if (!read.success) {
    // A misspelt key explains the one that is missing.
    const { issues } = read.error;
    const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
    const at = issue === undefined || issue.path.length === 0 ? 'configuration' : issue.path.join('.');
    throw invalid(`${at}: ${(issue?.message ?? 'is unusable').slice(0, 200)}`);
  }
  const { tlsCert, tlsKey, tlsClientCa, notary, timestampExpiry, snapshotExpiry, limits, rates, ...rest } = read.data;
  const { signer, signerCertificate, signerKey, signerCa, signerTimeout, ...plain } = rest;
  const data = resolve(plain.data);
  const highWater = resolve(plain.highWater ?? `${data}.high-water`);
  // Whoever copies the folder back would bring back marks that are as old as the store, and they would notice nothing.
  if (highWater.startsWith(`${data}${sep}`))
    throw invalid(`highWater: wanted a file outside the data folder, got ${highWater}, which is restored with it`);
  const tls = tlsCert !== undefined && tlsKey !== undefined ? { cert: tlsCert, key: tlsKey, clientCa: tlsClientCa } : undefined;
  if (tls === undefined && (tlsCert ?? tlsKey) !== undefined) throw invalid('tlsCert, tlsKey: wanted both or neither');
  if (tls === undefined && tlsClientCa !== undefined) throw invalid('tlsClientCa: wanted tlsCert and tlsKey beside it');
  // A timestamp must never promise freshness beyond the snapshot that it names.
  if (snapshotExpiry < timestampExpiry) throw invalid('snapshotExpiry: wanted at least as long a life as timestampExpiry');
  if (timestampExpiry < SHORTEST_LIFE) throw invalid('timestampExpiry: wanted 10s or more');
  const guarded = plain.access !== undefined || notary.auth !== undefined || tlsClientCa !== undefined;
  if (!guarded && !plain.unsafeOpen && !isLoopback(plain.listen.host)) {
    const text = `${plain.listen.host} can be reached by others: name an access file, which says who may do what, or who issues tokens`;
    throw new StartError('unsafe-listen', text);
  }
  if (plain.metricsListen !== undefined && !plain.unsafeOpenMetrics && !isLoopback(plain.metricsListen.host)) {
    const text = `${plain.metricsListen.host} can be reached by others, and metricsListen asks for no credentials: wanted an address of this machine`;
    throw new StartError('unsafe-listen', text);
  }
  return {
    ...plain,
    metricsListen: plain.metricsListen,
    rates: ratesOf(rates, guarded),
    data,
    highWater,
    store: plain.store,
    masterKeyFile: plain.masterKeyFile,
    signer: signerOf(rest),
    traces: plain.traces,
    access: plain.access,
    tls,
    notary,
    lifetimes: { timestamp: timestampExpiry, snapshot: snapshotExpiry },
    limits: withLimits(limits),
  };
}

/** The plain object in a configuration file; options of a command line are laid over it before parsing. Throws StartError. */
export async function readConfigFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw unreadable(file, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${file}: wanted a JSON object`);
  return { ...value };
}

/** Why a file of settings says nothing. */
export function unreadable(file: string, cause: unknown): StartError {
  const reason = systemReason(cause);
  return new StartError('invalid-config', reason === undefined ? `${file} cannot be read as JSON` : `cannot read ${file}: ${reason}`, {
    cause,
  });
}

// Metadata counts whole seconds, and half of a life must be long enough to read what was signed.
const SHORTEST_LIFE = 10_000;

function withLimits(given: Readonly<Record<string, number | undefined>>): Limits {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...STANDARD_LIMITS, ...Object.fromEntries(set) };
}

const invalid = (text: string): StartError => new StartError('invalid-config', text);
