// Opening a connection and checking it before a byte of the request is written: credentials must not reach an address
// that nobody meant. node:http gets a socket only after the check, and for https after the certificate.
import { connect as connectTcp, isIP, type LookupFunction, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { FetchError } from './errors.ts';
import { fetchErrorOf, handshakeErrorOf } from './failure.ts';
import { type ConnectionRule, refuseAddress } from './rule.ts';

/** TLS over a connected socket; `host` is what the certificate must name. Present exactly when the rule is secure. */
export type StartTls = (socket: Socket, host: string, port: number) => TLSSocket;

export interface ConnectSettings {
  readonly rule: ConnectionRule;
  readonly connectMs: number;
  readonly lookup: LookupFunction;
  readonly startTls: StartTls | undefined;
  /** Sockets on their way, so that closing the client ends them too. */
  readonly connecting: Set<Socket>;
  /** The connected address of every socket that was handed over. */
  readonly addresses: WeakMap<object, string>;
}

/** `lookup` without the answers that break the rule. The connected address is checked again; this only saves the packet. */
function checkedLookup({ lookup, rule }: ConnectSettings): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, answer, family) => {
      if (error !== null && error !== undefined) return callback(error, answer, family);
      const answers = typeof answer === 'string' ? [{ address: answer, family: family ?? isIP(answer) }] : answer;
      const allowed = answers.filter(({ address }) => refuseAddress(hostname, address, rule) === undefined);
      const [first] = allowed;
      if (first === undefined) {
        const [refused] = answers;
        const reason = refused === undefined ? undefined : refuseAddress(hostname, refused.address, rule);
        return callback(reason ?? new FetchError('unreachable', `${hostname}: no such host`), []);
      }
      return typeof answer === 'string' ? callback(null, first.address, first.family) : callback(null, allowed);
    });
  };
}

/** `host[:port]` as a URL spells it. */
export function authorityOf(host: string, port: number, secure: boolean): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === (secure ? 443 : 80) ? name : `${name}:${port}`;
}

/** Connects to `host` and calls back once: with an error, or with a socket on which the request may be written. */
export function openConnection(
  host: string,
  port: number,
  settings: ConnectSettings,
  done: (error: Error | null, socket: Socket) => void,
): void {
  const literal = isIP(host) === 0 ? undefined : refuseAddress(host, host, settings.rule);
  if (literal !== undefined) done(literal, new Socket());
  else connectAndCheck(host, port, settings, done);
}

function connectAndCheck(host: string, port: number, settings: ConnectSettings, done: (error: Error | null, socket: Socket) => void): void {
  const { rule, startTls, connecting, addresses } = settings;
  const authority = authorityOf(host, port, rule.secure);
  const raw = connectTcp({ host, port, lookup: checkedLookup(settings), noDelay: true, autoSelectFamilyAttemptTimeout: 1000 });
  let settled = false;
  const settle = (error: Error | null, socket: Socket): void => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    connecting.delete(raw);
    if (error !== null) raw.destroy();
    done(error, socket);
  };
  const slow = (): void => settle(new FetchError('timeout', `${authority}: no connection within ${settings.connectMs} ms`), raw);
  const timer = setTimeout(slow, settings.connectMs);
  connecting.add(raw);
  raw.on('error', (error) =>
    settle(raw.connecting || !rule.secure ? fetchErrorOf(authority, error) : handshakeErrorOf(authority, error), raw),
  );
  raw.once('close', () => settle(new FetchError('interrupted', `${authority}: the connection was given up`), raw));
  raw.once('connect', () => {
    const address = raw.remoteAddress ?? '';
    const refused = refuseAddress(host, address, rule);
    if (refused !== undefined) return settle(refused, raw);
    addresses.set(raw, address);
    if (startTls === undefined) return settle(rule.secure ? new FetchError('unreachable', `${authority}: no TLS`) : null, raw);
    try {
      const secured = startTls(raw, host, port);
      addresses.set(secured, address);
      secured.on('error', (error) => settle(handshakeErrorOf(authority, error), secured));
      secured.once('secureConnect', () => settle(null, secured));
    } catch (error) {
      settle(fetchErrorOf(authority, error), raw); // a certificate of the caller's that cannot be read
    }
  });
}
