// One HTTPS request to a signing service: bounded in time and in what is read, over connections that are kept, with a client certificate.
import { Agent, request } from 'node:https';
import { isJsonObject, type JsonObject, optionalMemberString, readJson } from '@countersign/core';
import { KeyError } from './errors.ts';

export interface RemoteIdentity {
  /** The client certificate and its key, in PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Authorities of the service's own certificate, in PEM: these, and no public ones. */
  readonly authorities: string;
}

export interface RemotePlace extends RemoteIdentity {
  /** `https://signer.internal:4444`. */
  readonly url: string;
  /** Milliseconds for a whole request. */
  readonly timeout: number;
  /** Most bytes of an answer that brings an upload back, in base64. */
  readonly longestUpload: number;
}

export interface RemotePost {
  /** The object that the service answers. Throws KeyError: `signer-refused` for its no, `signer-failed` for everything else. */
  post(path: string, body: Readonly<Record<string, unknown>>, longest?: number): Promise<JsonObject>;
  get(path: string, patience: number): Promise<JsonObject>;
  identify(identity: RemoteIdentity): void;
  close(): void;
}

const LONGEST_ANSWER = 64 * 1024;
const DEPTH = 6;

/** Throws KeyError('unsupported') for a URL that is not https. */
export function remotePost({ url, timeout, ...identity }: RemotePlace): RemotePost {
  const base = new URL(url);
  if (base.protocol !== 'https:') throw new KeyError('unsupported', `signing service: wanted an https url, got ${base.protocol}`);
  const name = `the signing service at ${base.host}`;
  let agent = agentOf(identity);
  const answered = async (path: string, body: Uint8Array | undefined, longest: number, within: number): Promise<JsonObject> => {
    const { status, answer } = await exchanged(new URL(path, base), body, { agent, timeout: within, longest, name });
    const object = objectIn(answer, name, status);
    if (status === 200) return object;
    throw refusalIn(object, status, name);
  };
  return {
    post: (path, body, longest = LONGEST_ANSWER) => answered(path, Buffer.from(JSON.stringify(body)), longest, timeout),
    get: (path, patience) => answered(path, undefined, LONGEST_ANSWER, patience),
    identify(other) {
      const before = agent;
      agent = agentOf(other);
      // Those that are idle go now; the others when they are asked for nothing more.
      setTimeout(() => before.destroy(), timeout).unref();
    },
    close: () => agent.destroy(),
  };
}

/** `details.signed` is the version that was signed before, where that is why. */
function refusalIn(object: JsonObject, status: number, name: string): KeyError {
  const code = (optionalMemberString(object, 'code', 'answer') ?? 'none').slice(0, 40);
  const why = (optionalMemberString(object, 'message', 'answer') ?? `status ${status}`).slice(0, 300);
  const told = object.get('details');
  const signed = isJsonObject(told) ? told.get('signed') : undefined;
  // A no stays a no, however often it is asked; what failed may work later.
  const kind = status >= 400 && status < 500 ? 'signer-refused' : 'signer-failed';
  return new KeyError(kind, `${name}: ${why}`, { details: { refusal: code, status, ...(typeof signed === 'number' ? { signed } : {}) } });
}

const agentOf = ({ certificate, key, authorities }: RemoteIdentity): Agent =>
  new Agent({ keepAlive: true, cert: certificate, key, ca: authorities, minVersion: 'TLSv1.2', maxSockets: 32 });

interface Way {
  readonly agent: Agent;
  readonly timeout: number;
  readonly longest: number;
  readonly name: string;
}

function exchanged(
  url: URL,
  body: Uint8Array | undefined,
  { agent, timeout, longest, name }: Way,
): Promise<{ readonly status: number; readonly answer: Uint8Array }> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => {
      // A connection that was kept, and that the service closed meanwhile: it has read nothing, and asking twice is harmless.
      if (sent.reusedSocket && 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE'))
        resolve(exchanged(url, body, { agent, timeout, longest, name }));
      else reject(new KeyError('signer-failed', `${name} cannot be asked: ${cause.message}`, { cause }));
    };
    const options =
      body === undefined
        ? { method: 'GET' }
        : { method: 'POST', headers: { 'Content-Type': 'application/json', 'Content-Length': body.length } };
    const sent = request(url, { ...options, agent });
    const late = setTimeout(() => sent.destroy(new Error(`no complete answer within ${timeout} ms`)), timeout);
    sent.on('close', () => clearTimeout(late));
    sent.on('error', failed);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > longest) sent.destroy(new Error(`an answer of more than ${longest} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', failed);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, answer: Buffer.concat(chunks) }));
    });
    sent.end(body);
  });
}

function objectIn(answer: Uint8Array, name: string, status: number): JsonObject {
  try {
    const { value } = readJson(answer, { maxDepth: DEPTH });
    if (isJsonObject(value) && value.get('schema') === 1) return value;
  } catch (cause) {
    throw new KeyError('signer-failed', `${name} answered ${status} with what is no answer of a signing service`, { cause });
  }
  throw new KeyError('signer-failed', `${name} answered ${status} with what is no answer of a signing service`);
}
