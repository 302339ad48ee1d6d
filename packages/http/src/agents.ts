// The connections of one client: a pool for each rule. What speaks HTTP and TLS is loaded when first needed, because a command that
// asks no server should not pay for it.
import type { Agent, request as Request } from 'node:http';
import type { LookupFunction, Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { authorityOf, openConnection, type StartTls } from './connect.ts';
import type { ConnectionRule } from './rule.ts';
import type { HttpOptions } from './types.ts';

/** An agent, and what sends through it. */
export interface ReadyAgent {
  readonly request: typeof Request;
  readonly agent: Agent;
}

export interface Agents {
  /**
   * The agent for connections under `rule`. `single-use` never sends on a kept connection: the peer may be closing it, and a
   * request that must not be repeated would be lost without anyone knowing whether it was acted on.
   */
  agentFor(rule: ConnectionRule, use: 'pooled' | 'single-use'): Promise<ReadyAgent>;
  addressOf(socket: object): string;
  close(): void;
}

/** The system's name resolution, loaded with the first name. */
const systemLookup: LookupFunction = (hostname, options, callback) => {
  import('./node-dns.ts').then(
    ({ lookup }) => lookup(hostname, options, callback),
    (error: Error) => callback(error, []),
  );
};

async function loadTls(options: HttpOptions): Promise<StartTls> {
  const tls = await import('./node-tls.ts');
  const contexts = new Map<string, SecureContext | undefined>();
  const contextFor = (authority: string): SecureContext | undefined => {
    if (!contexts.has(authority)) {
      const extra = options.caFor?.(authority);
      contexts.set(authority, extra === undefined ? undefined : tls.createSecureContext({ ca: [...tls.trustedAuthorities(), extra] }));
    }
    return contexts.get(authority);
  };
  return (socket, host, port) => {
    const secureContext = contextFor(authorityOf(host, port, true));
    const name = host.replace(/\.$/, '');
    return tls.connect({
      socket,
      host: name,
      ...(/^[\d.]+$|:/.test(name) ? {} : { servername: name }), // RFC 6066 §3: no IP addresses in SNI
      ...(secureContext === undefined ? {} : { secureContext }),
      ALPNProtocols: ['http/1.1'],
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true, // spelled out, so that NODE_TLS_REJECT_UNAUTHORIZED=0 does not reach us
    });
  };
}

export function createAgents(options: HttpOptions): Agents {
  const agents = new Map<string, Promise<ReadyAgent>>();
  const made = new Set<Agent>();
  const connecting = new Set<Socket>();
  const addresses = new WeakMap<object, string>();
  let tlsLoaded: Promise<StartTls> | undefined;

  async function agentFor(rule: ConnectionRule, use: 'pooled' | 'single-use'): Promise<ReadyAgent> {
    const name = `${use} ${rule.secure} ${rule.loopbackOnly} ${rule.nearest}`;
    const ready = agents.get(name) ?? createAgent(rule, use);
    agents.set(name, ready);
    return ready;
  }

  async function createAgent(rule: ConnectionRule, use: 'pooled' | 'single-use'): Promise<ReadyAgent> {
    const { Agent, request } = await import('./node-http.ts');
    const lookup = options.lookup ?? systemLookup;
    if (rule.secure) tlsLoaded ??= loadTls(options);
    const startTls = rule.secure ? await tlsLoaded : undefined;
    const agent = new Agent({ keepAlive: use === 'pooled' });
    made.add(agent);
    agent.createConnection = (target, done) => {
      const settings = { rule, connectMs: options.timeouts.connectMs, lookup, startTls, connecting, addresses };
      openConnection(target.host ?? '', Number(target.port), settings, (error, socket) => done?.(error, socket));
      return undefined;
    };
    return { request, agent };
  }

  function close(): void {
    for (const agent of made) agent.destroy();
    for (const socket of connecting) socket.destroy();
  }

  return { agentFor, addressOf: (socket) => addresses.get(socket) ?? '', close };
}
