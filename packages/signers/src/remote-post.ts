// One HTTPS request to a signing service: bounded in time and in what is read, over connections that are kept, with a client certificate.
import { Agent, request } from 'node:https';
import { isJsonObject, type JsonObject, optionalMemberString, readJson } from '@countersign/core';
import { KeyError } from './errors.ts';

export interface RemotePlace {
  /** `https://signer.internal:4444`. */
  readonly url: string;
  /** The client certificate and its key, in PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Authorities of the service's own certificate, in PEM: these, and no public ones. */
  readonly authorities: string;
  /** Milliseconds for a whole request. */
  readonly timeout: number;
}

export interface RemotePost {
  /** The object that the service answers. Throws KeyError: `signer-refused` for its no, `signer-failed` for everything else. */
  post(path: string, body: Readonly<Record<string, unknown>>): Promise<JsonObject>;
  close(): void;
}

const LONGEST_ANSWER = 64 * 1024;
const DEPTH = 6;

/** Throws KeyError('unsupported') for a URL that is not https. */
export function remotePost({ url, certificate, key, authorities, timeout }: RemotePlace): RemotePost {
  const base = new URL(url);
  if (base.protocol !== 'https:') throw new KeyError('unsupported', `signing service: wanted an https url, got ${base.protocol}`);
  const name = `the signing service at ${base.host}`;
  const agent = new Agent({ keepAlive: true, cert: certificate, key, ca: authorities, minVersion: 'TLSv1.2', maxSockets: 32 });
  return {
    async post(path, body) {
      const sent = Buffer.from(JSON.stringify(body));
      const { status, answer } = await exchanged(new URL(path, base), sent, agent, timeout, name);
      const object = objectIn(answer, name, status);
      if (status === 200) return object;
      const code = optionalMemberString(object, 'code', 'answer') ?? 'none';
      const why = optionalMemberString(object, 'message', 'answer') ?? `status ${status}`;
      // A no stays a no, however often it is asked; what failed may work later.
      const kind = status >= 400 && status < 500 ? 'signer-refused' : 'signer-failed';
      throw new KeyError(kind, `${name}: ${why.slice(0, 300)}`, { details: { refusal: code.slice(0, 40), status } });
    },
    close: () => agent.destroy(),
  };
}

function exchanged(
  url: URL,
  body: Uint8Array,
  agent: Agent,
  timeout: number,
  name: string,
): Promise<{ readonly status: number; readonly answer: Uint8Array }> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => reject(new KeyError('signer-failed', `${name} cannot be asked: ${cause.message}`, { cause }));
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    const sent = request(url, { method: 'POST', agent, headers });
    const late = setTimeout(() => sent.destroy(new Error(`no complete answer within ${timeout} ms`)), timeout);
    sent.on('close', () => clearTimeout(late));
    sent.on('error', failed);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > LONGEST_ANSWER) sent.destroy(new Error(`an answer of more than ${LONGEST_ANSWER} bytes`));
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
