// `serve`: runs a trust server until it is asked to stop. Everything heavy is loaded here and nowhere else.
import { uptime } from 'node:os';
import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { UsageError } from '../errors.ts';
import { foldersOf } from '../folders.ts';
import type { Call, Handler } from '../tree/spec.ts';
import { databaseOf } from './serve-database.ts';
import { watchYoungGeneration } from './young-generation.ts';

// V8 would rather let garbage lie than collect it, which makes a third of what a server is resident with. Less room for the old generation is
// paid for with every publish, and so is --optimize-for-size.
const HEAP = ['--heap-growing-percent=100', '--no-parallel-scavenge'];

export const serveCommand: Handler = async (call) => {
  const { world, given, output } = call;
  for (const flag of HEAP) setFlagsFromString(flag);
  const young = watchYoungGeneration();
  const { parseServerConfig, readConfigFile, readConfigVariables, readNotaryConfig, standardLog, startOnProcesses } = await import(
    '@countersign/trust-server'
  );
  const file = given.text('config');
  const fromFile = file === undefined ? {} : await readConfigFile(resolve(world.cwd, file));
  const notaryFile = given.text('notary-config');
  const notary = notaryFile === undefined ? undefined : await readNotaryConfig(resolve(world.cwd, notaryFile), world.env);
  checkDisjoint(fromFile, notary?.settings ?? {});
  const fromVariables = readConfigVariables(world.env);
  checkDisjoint(fromVariables, notary?.settings ?? {});
  const named = given.text('data') ?? fromVariables['data'] ?? fromFile['data'];
  // Without a home folder the data folder must be named, and then nobody asks for the usual one.
  const data = named === undefined ? { data: foldersOf(world, given.text('trust-dir')).server } : {};
  const config = parseServerConfig({
    ...notary?.settings,
    ...fromFile,
    ...fromVariables,
    ...data,
    ...(await databaseOf(call)),
    ...optionsOf(call),
  });
  const level = logLevel(given.text('log') ?? notary?.log ?? 'info');
  const notices = notary?.notices ?? [];
  let fail: (error: Error) => void = () => undefined;
  const fatal = new Promise<never>((_, reject) => {
    fail = reject;
  });
  fatal.catch(() => undefined);
  const log = level === 'silent' ? level : standardLog(level);
  const server = await startOnProcesses({
    config,
    variables: world.env,
    now: world.now,
    elapsed: () => uptime() * 1000,
    log,
    onPublish: young.published,
    onFatal: fail,
  });
  world.onHangup?.(() => void server.reload?.());
  try {
    // The primary process says it once for all.
    if (server.part === 'worker') return await Promise.race([fatal, untilStopped(world.interrupted)]).then(() => undefined);
    for (const { setting, text } of notices) output.say(`notice: ${setting}: ${text}`);
    const facts = {
      url: server.url,
      ...(server.metricsUrl === undefined ? {} : { metricsUrl: server.metricsUrl }),
      data: config.data,
      highWater: config.highWater,
      pid: world.processId,
    };
    output.result({ facts: notary === undefined ? facts : { ...facts, notices }, text: server.url });
    output.say(`keeping trust data in ${config.data}; stop it with Ctrl-C`);
    if (isWildcard(config.listen.host) && config.allowedHosts.length === 0) {
      output.say(
        'notice: who asks for it by another name than localhost, or one in its certificate, is refused (421): --allow-host names more',
      );
    }
    await Promise.race([fatal, untilStopped(world.interrupted)]);
  } finally {
    await server.close();
  }
  output.say('stopped');
  return undefined;
};

/** Which file wins would be a guess, and one of them says who may do what. */
function checkDisjoint(config: Readonly<Record<string, unknown>>, notary: Readonly<Record<string, unknown>>): void {
  const both = Object.keys(config).find((key) => Object.hasOwn(notary, key));
  if (both !== undefined) throw new UsageError('bad-arguments', `${both} follows from --config and from --notary-config: keep one of them`);
}

/** The options as the server's configuration spells them; those that were not given are left to the file. */
function optionsOf({ world, given }: Call): Readonly<Record<string, unknown>> {
  const path = (name: string): string | undefined => {
    const text = given.text(name);
    return text === undefined ? undefined : resolve(world.cwd, text);
  };
  const hosts = given.texts('allow-host');
  const options = {
    listen: given.text('listen'),
    data: path('data'),
    highWater: path('high-water'),
    masterKeyFile: path('master-key-file'),
    signer: given.text('signer'),
    signerCertificate: path('signer-certificate'),
    signerKey: path('signer-key'),
    signerCa: path('signer-ca'),
    signerTimeout: given.text('signer-timeout'),
    access: path('access'),
    tlsCert: path('tls-cert'),
    tlsKey: path('tls-key'),
    tlsClientCa: path('tls-client-ca'),
    workers: wholeNumber(given.text('workers')),
    timestampExpiry: given.text('timestamp-expiry'),
    snapshotExpiry: given.text('snapshot-expiry'),
    allowedHosts: hosts.length === 0 ? undefined : hosts,
    metricsListen: given.text('metrics-listen'),
    unsafeOpen: given.flag('unsafe-open') ? true : undefined,
    unsafeNewHighWater: given.flag('unsafe-new-high-water') ? true : undefined,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** What is no number is left as it is: the configuration says what it wants. */
const wholeNumber = (text: string | undefined): number | string | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : text;

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

function logLevel(text: string): LogLevel {
  if (text === 'silent' || text === 'error' || text === 'warn' || text === 'info' || text === 'debug') return text;
  throw new UsageError('bad-arguments', `--log: wanted silent, error, warn, info or debug, got ${text.slice(0, 40)}`);
}

function untilStopped(signal: AbortSignal): Promise<void> {
  return new Promise((stop) => {
    if (signal.aborted) stop();
    else signal.addEventListener('abort', () => stop(), { once: true });
  });
}
