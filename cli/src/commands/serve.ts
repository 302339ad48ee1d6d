// `serve`: runs a trust server until it is asked to stop. Everything heavy is loaded here and nowhere else.
import { resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { foldersOf } from '../folders.ts';
import type { Call, Handler } from '../tree/spec.ts';

export const serveCommand: Handler = async (call) => {
  const { world, given, output } = call;
  const { parseServerConfig, readConfigFile, standardLog, startTrustServer } = await import('@countersign/trust-server');
  const file = given.text('config');
  const fromFile = file === undefined ? {} : await readConfigFile(resolve(world.cwd, file));
  const named = given.text('data') ?? fromFile['data'];
  // Without a home folder the data folder must be named, and then nobody asks for the usual one.
  const data = named === undefined ? { data: foldersOf(world, given.text('trust-dir')).server } : {};
  const config = parseServerConfig({ ...fromFile, ...data, ...optionsOf(call) });
  const level = logLevel(given.text('log') ?? 'info');
  let fail: (error: Error) => void = () => undefined;
  const fatal = new Promise<never>((_, reject) => {
    fail = reject;
  });
  fatal.catch(() => undefined);
  const log = level === 'silent' ? level : standardLog(level);
  const server = await startTrustServer({ config, now: world.now, log, onFatal: fail });
  try {
    output.result({ facts: { url: server.url, data: config.data, highWater: config.highWater, pid: world.processId }, text: server.url });
    output.say(`keeping trust data in ${config.data}; stop it with Ctrl-C`);
    if (isWildcard(config.listen.host) && config.allowedHosts.length === 0) {
      output.say(
        'notice: who asks for it by another name than localhost is refused (421): --allow-host says by which names it may be asked',
      );
    }
    await Promise.race([fatal, untilStopped(world.interrupted)]);
  } finally {
    await server.close();
  }
  output.say('stopped');
  return undefined;
};

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
    access: path('access'),
    tlsCert: path('tls-cert'),
    tlsKey: path('tls-key'),
    timestampExpiry: given.text('timestamp-expiry'),
    snapshotExpiry: given.text('snapshot-expiry'),
    allowedHosts: hosts.length === 0 ? undefined : hosts,
    unsafeOpen: given.flag('unsafe-open') ? true : undefined,
    unsafeNewHighWater: given.flag('unsafe-new-high-water') ? true : undefined,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

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
