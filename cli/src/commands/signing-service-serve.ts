// `signing-service serve`: runs a signing service until it is asked to stop.
import { resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { masterPassphrase } from '../master-passphrase.ts';
import type { Call, Handler } from '../tree/spec.ts';

export const signingServiceServe: Handler = async (call) => {
  const { world, given, output } = call;
  const { parseSignerConfig, signerLog, startSigningService } = await import('@countersign/signer-server');
  const config = parseSignerConfig(settingsOf(call));
  const log = signerLog(logLevel(given.text('log') ?? 'info'));
  const service = await startSigningService({ config, passphrase: await masterPassphrase(call), now: world.now, log });
  world.onHangup?.(() => void service.reload());
  const metrics = service.metricsUrl === undefined ? {} : { metricsUrl: service.metricsUrl };
  try {
    output.result({ facts: { url: service.url, ...metrics, data: config.data, pid: world.processId }, text: service.url });
    output.say(`signing for ${config.callers.join(', ')}; stop it with Ctrl-C`);
    await untilStopped(world.interrupted);
  } finally {
    await service.close();
  }
  output.say('stopped');
  return undefined;
};

function settingsOf({ world, given }: Call): Readonly<Record<string, unknown>> {
  const path = (name: string): string | undefined => {
    const text = given.text(name);
    return text === undefined ? undefined : resolve(world.cwd, text);
  };
  const settings = {
    listen: given.text('listen'),
    metricsListen: given.text('metrics-listen'),
    data: path('data'),
    tlsCert: path('tls-cert'),
    tlsKey: path('tls-key'),
    tlsClientCa: path('tls-client-ca'),
    callers: given.texts('caller'),
    administrators: given.texts('administrator'),
    timestampExpiry: given.text('timestamp-expiry'),
    snapshotExpiry: given.text('snapshot-expiry'),
    unsafeNewMemory: given.flag('unsafe-new-memory') ? true : undefined,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function logLevel(text: string): 'error' | 'warn' | 'info' | 'debug' {
  if (text === 'error' || text === 'warn' || text === 'info' || text === 'debug') return text;
  throw new UsageError('bad-arguments', `--log: wanted error, warn, info or debug, got ${text.slice(0, 40)}`);
}

function untilStopped(signal: AbortSignal): Promise<void> {
  return new Promise((stop) => {
    if (signal.aborted) stop();
    else signal.addEventListener('abort', () => stop(), { once: true });
  });
}
