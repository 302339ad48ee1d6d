// A signing service over real HTTPS, and a trust server that was taken over: it has its client certificate, everything that publishers
// uploaded and everything that was signed so far, and asks for whatever it likes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import {
  type Cryptography,
  decodeBase64,
  encodeBase64,
  type Instant,
  type JsonObject,
  type PublicKey,
  parseFingerprint,
  parseKeyId,
  type RoleName,
  readJson,
  type Sealed,
  type Signer,
  SNAPSHOT,
  TIMESTAMP,
  tuf,
} from '@countersign/core';
import { logTo, parseSignerConfig, type SigningService, startSigningService } from '@countersign/signer-server';
import { type Bend, freshKeys, type Identity, newIdentity, pemKey, type SimulatedKeys, Simulator, simulate } from '@countersign/testkit';
import { expect } from 'vitest';

const DAY = 86_400_000;
// TLS goes by the clock of this machine, not by that of the simulation.
const life = { from: (Date.now() - DAY) as Instant, until: (Date.now() + DAY) as Instant };
export const AUTHORITY: Identity = newIdentity({ name: 'clients of the signer', ca: true, ...life });
const serverIdentity = newIdentity({ name: 'localhost', hosts: ['localhost'], ...life });
/** What vouches for the service: its own certificate. */
export const serverAuthority: Identity = serverIdentity;
const PASSPHRASE = 'of the master key';

export const TRUST_SERVER: Identity = newIdentity({ name: 'trust-1', issuer: AUTHORITY, ...life });
export const ADMINISTRATOR: Identity = newIdentity({ name: 'anna', issuer: AUTHORITY, ...life });
/** Of the right authority, and named nowhere. */
export const COLLEAGUE: Identity = newIdentity({ name: 'build-7', issuer: AUTHORITY, ...life });
/** By the name of the trust server, of an authority of the attacker's own. */
export const IMPOSTOR: Identity = newIdentity({
  name: 'trust-1',
  issuer: newIdentity({ name: 'clients of the signer', ca: true, ...life }),
  ...life,
});
export const SELF_MADE: Identity = newIdentity({ name: 'trust-1', ...life });
export const EXPIRED: Identity = newIdentity({
  name: 'trust-1',
  issuer: AUTHORITY,
  from: (Date.now() - 2 * DAY) as Instant,
  until: (Date.now() - DAY) as Instant,
});

export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Files {
  readonly upload?: Iterable<readonly [string, Uint8Array]>;
  readonly standing?: Iterable<readonly [string, Uint8Array]>;
}

export interface Wish extends Files {
  readonly role: string;
  readonly payload: Uint8Array;
  readonly generation?: number;
  readonly gun?: string;
  readonly dialect?: string;
}

/** Asks over HTTPS as `identity`, for `path` as it is. Rejects when there is no connection. */
export function ask(url: string, path: string, body: unknown, identity: Identity | 'nobody' = TRUST_SERVER): Promise<Reply> {
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const own = identity === 'nobody' ? {} : { cert: identity.pem, key: pemKey(identity) };
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      path,
      method: bytes === undefined ? 'GET' : 'POST',
      ...(bytes === undefined ? {} : { headers: { 'Content-Length': bytes.length } }),
      ...own,
      ca: serverIdentity.pem,
      servername: 'localhost',
      checkServerIdentity: () => undefined,
      agent: false,
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) }));
    });
    sent.end(bytes);
  });
}

/** Bytes as they are on the wire; resolves with everything that came back when the service has hung up. */
export function tell(url: string, text: string, identity: Identity = TRUST_SERVER): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const own = { cert: identity.pem, key: pemKey(identity), ca: serverIdentity.pem };
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', servername: 'localhost', ...own });
    socket.on('secureConnect', () => socket.write(Buffer.from(text, 'latin1')));
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

/** A running service, and the lines that it logged. */
export class SignerLab {
  readonly lines: Readonly<Record<string, unknown>>[] = [];
  now: number = Date.UTC(2026, 10, 21, 12);
  readonly #crypto: Cryptography | undefined;
  #folder = '';
  #service: SigningService | undefined;

  private constructor(crypto: Cryptography | undefined) {
    this.#crypto = crypto;
  }

  /** `parent`: the disk that it has everything on. */
  static async start(crypto?: Cryptography, parent = tmpdir()): Promise<SignerLab> {
    const lab = new SignerLab(crypto);
    lab.#folder = await mkdtemp(join(parent, 'countersign-signer-'));
    await writeFile(join(lab.#folder, 'cert.pem'), serverIdentity.pem);
    await writeFile(join(lab.#folder, 'key.pem'), pemKey(serverIdentity));
    await writeFile(join(lab.#folder, 'ca.pem'), AUTHORITY.pem);
    await lab.open();
    return lab;
  }

  async open(): Promise<void> {
    const at = (name: string): string => join(this.#folder, name);
    const config = parseSignerConfig({
      listen: '127.0.0.1:0',
      data: at('data'),
      tlsCert: at('cert.pem'),
      tlsKey: at('key.pem'),
      tlsClientCa: at('ca.pem'),
      callers: ['trust-1'],
      administrators: ['anna'],
    });
    const log = logTo((line) => this.lines.push(JSON.parse(line)));
    const counted = this.#crypto === undefined ? {} : { crypto: this.#crypto };
    this.#service = await startSigningService({ config, passphrase: PASSPHRASE, now: () => this.now as Instant, log, ...counted });
  }

  get url(): string {
    return this.#service?.url ?? '';
  }

  async restart(): Promise<void> {
    await this.#service?.close();
    await this.open();
  }

  async stop(): Promise<void> {
    await this.#service?.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A trust server with one repository whose timestamp and snapshot keys are in the service. Until it is told to, it is honest. */
export class StolenServer {
  readonly lab: SignerLab;
  readonly repository: Simulator;
  /** What the service accepted last. */
  accepted: Map<RoleName, Sealed> = new Map();

  private constructor(lab: SignerLab, repository: Simulator) {
    this.lab = lab;
    this.repository = repository;
  }

  static async begin(lab: SignerLab, options: { readonly gun?: string; readonly repository?: string; readonly keys?: SimulatedKeys } = {}) {
    const gun = options.gun ?? 'registry.example.com/team/app';
    const keys = new Map(options.keys ?? freshKeys());
    const pending: { server?: StolenServer } = {};
    for (const role of ['timestamp', 'snapshot']) {
      const sign = async (message: Uint8Array): Promise<Uint8Array> => {
        if (pending.server === undefined) throw new Error('nobody signs before there is a server');
        return await pending.server.honestly(role, message);
      };
      keys.set(role, [{ key: await keyOf(lab, gun, role, 'create'), sign }]);
    }
    // `simulate` publishes at once, so the server has to be there before it.
    const repository = new Simulator({
      gun,
      keys,
      now: lab.now,
      ...(options.repository === undefined ? {} : { repository: options.repository }),
    });
    const server = new StolenServer(lab, repository);
    pending.server = server;
    await simulate({}, repository);
    return server;
  }

  /** What publishers brought since the last snapshot, and what stood then. */
  evidence(newest: ReadonlyMap<RoleName, Sealed> = this.repository.newest): Required<Files> {
    const ours = (role: string): boolean => role === SNAPSHOT || role === TIMESTAMP;
    const fresh = [...newest].filter(([role, { digest }]) => !ours(role) && this.accepted.get(role)?.digest !== digest);
    return {
      upload: fresh.map(([role, { bytes }]) => [role, bytes] as const),
      standing: [...this.accepted].filter(([role]) => role !== TIMESTAMP).map(([role, { bytes }]) => [role, bytes] as const),
    };
  }

  async honestly(role: string, payload: Uint8Array): Promise<Uint8Array> {
    const evidence = role === 'snapshot' ? this.evidence() : {};
    const { status, body } = await this.wish({ role, payload, ...evidence });
    if (status !== 200 || typeof body['signature'] !== 'string') throw new Error(`refused: ${JSON.stringify(body)}`);
    if (role === 'timestamp') this.accepted = new Map(this.repository.newest);
    return decodeBase64(body['signature']);
  }

  wish({ upload = [], standing = [], payload, ...named }: Wish, identity: Identity = TRUST_SERVER): Promise<Reply> {
    const encoded = (files: Iterable<readonly [string, Uint8Array]>) =>
      Object.fromEntries([...files].map(([role, bytes]) => [role, encodeBase64(bytes)]));
    const asked = { gun: this.repository.gun, dialect: 'tuf', generation: 1, ...named, payload: encodeBase64(payload) };
    return ask(this.lab.url, '/v1/sign', { ...asked, evidence: { upload: encoded(upload), standing: encoded(standing) } }, identity);
  }

  /** Asks, and holds the answer and its audit line to what they must be. */
  async refused(wish: Wish, code: string): Promise<Readonly<Record<string, unknown>>> {
    const before = this.lab.lines.length;
    const { status, body } = await this.wish(wish);
    expect({ status, code: body['code'], why: body['message'] }).toMatchObject({ code });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).not.toHaveProperty('signature');
    const line = this.lab.lines.slice(before).find(({ msg }) => msg === 'refused');
    expect(line).toMatchObject({ caller: 'CN=trust-1', path: '/v1/sign', code });
    expect(line?.['certificate']).toMatch(/^[0-9A-F:]{95}$/);
    return body;
  }
}

export async function keyOf(
  lab: SignerLab,
  gun: string,
  role: string,
  act: 'create' | 'rotate',
): Promise<PublicKey & { readonly generation: number }> {
  const { status, body } = await ask(lab.url, `/v1/keys/${act}`, { gun, dialect: 'tuf', role });
  expect(status).toBe(200);
  const { keyid, fingerprint, scheme, object } = body['key'] as Readonly<Record<string, string>>;
  const { value } = readJson(Buffer.from(JSON.stringify(object)), { maxDepth: 4 });
  return {
    keyid: parseKeyId(String(keyid)),
    fingerprint: parseFingerprint(String(fingerprint)),
    scheme: String(scheme),
    object: value as JsonObject,
    generation: Number(body['generation']),
  };
}

/** The canonical bytes of `signed` in a file. */
export function payloadOf(kind: 'snapshot' | 'timestamp', file: Sealed | undefined, repository: Simulator): Uint8Array {
  if (file === undefined) throw new Error(`there is no ${kind}`);
  return tuf.parse(kind, file.name, file.bytes, repository.env()).signedBytes;
}

/** What a stolen server has signed: the bytes that the next snapshot or timestamp of `bent` would be signed over. */
export async function wanted(server: StolenServer, role: 'snapshot' | 'timestamp', bent: Simulator, bend?: Bend): Promise<Uint8Array> {
  const [own] = server.repository.signersOf(role);
  if (own === undefined) throw new Error(`nobody signs ${role}`);
  const blank: Signer = { key: own.key, sign: async () => new Uint8Array(64) };
  const sealed = await bent[role]({ signers: [blank], ...(bend === undefined ? {} : { bend }) });
  return payloadOf(role, sealed, bent);
}
