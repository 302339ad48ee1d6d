// Trust servers whose keys are in a signing service, and the owner of a repository that publishes to them.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Instant,
  type JsonObject,
  keyIdOf,
  type PublicKey,
  parseFingerprint,
  type RoleName,
  readJson,
  type Signer,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { type MetadataStore, memoryStore } from '@countersign/store';
import { freshKeys, type Identity, pemKey, Simulator, simulate } from '@countersign/testkit';
import { parseServerConfig, startTrustServer, type TrustServer } from '@countersign/trust-server';
import { image } from '../attacks/victims/story.ts';
import { SignerLab, serverAuthority, TRUST_SERVER } from './stolen-server.ts';
import { WayToSigner } from './way-to-signer.ts';

type Log = Parameters<typeof startTrustServer>[0]['log'];

export class SignedElsewhere {
  readonly signer: SignerLab;
  readonly way: WayToSigner;
  store: MetadataStore;
  readonly #folder: string;
  readonly #servers: TrustServer[] = [];
  #begun = 0;

  private constructor(signer: SignerLab, way: WayToSigner, store: MetadataStore, folder: string) {
    this.signer = signer;
    this.way = way;
    this.store = store;
    this.#folder = folder;
  }

  static async begin(signing?: SignerLab): Promise<SignedElsewhere> {
    const signer = signing ?? (await SignerLab.start());
    const way = await WayToSigner.open(() => Number(new URL(signer.url).port));
    const folder = await mkdtemp(join(tmpdir(), 'countersign-elsewhere-'));
    await writeFile(join(folder, 'own.pem'), TRUST_SERVER.pem);
    await writeFile(join(folder, 'own.key'), pemKey(TRUST_SERVER));
    await writeFile(join(folder, 'ca.pem'), serverAuthority.pem);
    return new SignedElsewhere(signer, way, memoryStore(), folder);
  }

  /** Of one more server, with a data folder of its own. */
  settings(): Readonly<Record<string, unknown>> {
    const at = (name: string): string => join(this.#folder, name);
    const signer = { signer: this.way.url, signerCertificate: at('own.pem'), signerKey: at('own.key'), signerCa: at('ca.pem') };
    this.#begun += 1;
    return { listen: '127.0.0.1:0', data: at(`data-${this.#begun}`), ...signer };
  }

  /** The settings of a server that shows another certificate. */
  async certificate(identity: Identity): Promise<Readonly<Record<string, string>>> {
    const [signerCertificate, signerKey] = [join(this.#folder, 'other.pem'), join(this.#folder, 'other.key')];
    await writeFile(signerCertificate, identity.pem);
    await writeFile(signerKey, pemKey(identity));
    return { signerCertificate, signerKey };
  }

  /** Another trust server on the same store. */
  async server(more: Readonly<Record<string, unknown>> = {}, store: MetadataStore = this.store, log: Log = 'silent'): Promise<TrustServer> {
    const server = await startTrustServer({
      config: parseServerConfig({ ...this.settings(), unsafeNewHighWater: true, ...more }),
      store,
      now: () => this.signer.now as Instant,
      log,
      onFatal: () => undefined,
    });
    this.#servers.push(server);
    return server;
  }

  /** No servers, an empty store, a way that works: the service goes on, and so must be told of other names. */
  async anew(): Promise<void> {
    this.way.mend();
    await Promise.all(this.#servers.splice(0).map((server) => server.close()));
    this.store = memoryStore();
  }

  async end(): Promise<void> {
    await this.anew();
    await this.way.close();
    await this.signer.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What a server says: its status, and the code of a problem. */
export interface Said {
  readonly status: number;
  readonly code?: string;
  readonly detail?: string;
}

const crypto = nativeCryptography();

/** Somebody who holds every key but those of the server. */
export class Owner {
  readonly repository: Simulator;
  #published: ReadonlyMap<RoleName, string> = new Map();

  private constructor(repository: Simulator) {
    this.repository = repository;
  }

  static async of(url: string, now: number, gun = `registry.example.com/team/${randomBytes(4).toString('hex')}`): Promise<Owner> {
    const keys = freshKeys();
    for (const role of ['timestamp', 'snapshot']) keys.set(role, [blank(await serverKey(url, gun, role, 'GET'))]);
    const simulator = new Simulator({ gun, keys, now, repository: randomBytes(16).toString('hex') });
    await simulate({}, simulator);
    return new Owner(simulator);
  }

  /** The files that are newer than what was taken last. */
  parts(): readonly (readonly [string, Uint8Array])[] {
    const own = [...this.repository.newest].filter(([role, { digest }]) => this.#published.get(role) !== digest);
    return own.filter(([role]) => role !== 'snapshot' && role !== 'timestamp').map(([role, { bytes }]) => [role, bytes]);
  }

  async tag(name: string): Promise<void> {
    await this.repository.publish({ [name]: image(name).entry });
  }

  /** A root that names the server's next key for a role. */
  async rotate(url: string, role: 'timestamp' | 'snapshot'): Promise<void> {
    await this.repository.rotate(new Map([[role, [blank(await serverKey(url, this.repository.gun, role, 'POST'))]]]));
  }

  async post(url: string, parts: readonly (readonly [string, Uint8Array])[] = this.parts(), query = ''): Promise<Said> {
    const form = new FormData();
    for (const [role, bytes] of parts) form.append('files', new Blob([Buffer.from(bytes)]), role);
    const said = await spoken(await fetch(`${url}/v2/${this.repository.gun}/_trust/metadata/${query}`, { method: 'POST', body: form }));
    if (said.status === 200) this.#published = new Map([...this.repository.newest].map(([role, { digest }]) => [role, digest]));
    return said;
  }

  async delete(url: string): Promise<Said> {
    return await spoken(await fetch(`${url}/v2/${this.repository.gun}/_trust/metadata/`, { method: 'DELETE' }));
  }

  /** `signed` of what is served. */
  async served(url: string, file: string): Promise<{ readonly version: number; readonly expires: string; readonly text: string }> {
    const reply = await fetch(`${url}/v2/${this.repository.gun}/_trust/metadata/${file}`);
    if (reply.status !== 200) throw new Error(`${file}: ${reply.status}`);
    const text = await reply.text();
    const { signed } = JSON.parse(text) as { readonly signed: { readonly version: number; readonly expires: string } };
    return { ...signed, text };
  }
}

async function spoken(reply: Response): Promise<Said> {
  const body = (await reply.json().catch(() => ({}))) as Omit<Said, 'status'>;
  return { ...body, status: reply.status };
}

const blank = (key: PublicKey): Signer => ({ key, sign: async () => new Uint8Array(64) });

async function serverKey(url: string, gun: string, role: string, method: 'GET' | 'POST'): Promise<PublicKey> {
  const reply = await fetch(`${url}/v2/${gun}/_trust/metadata/${role}.key`, { method });
  const { value } = readJson(new Uint8Array(await reply.arrayBuffer()), { maxDepth: 4 });
  const object = value as JsonObject;
  const text = (object.get('keyval') as JsonObject | undefined)?.get('public');
  const opened = crypto.openKey({ keytype: 'ed25519', scheme: 'ed25519', public: String(text) });
  if (opened.status !== 'ready') throw new Error(`no key: ${reply.status}`);
  return { keyid: keyIdOf(crypto, object), fingerprint: parseFingerprint(opened.key.fingerprint), scheme: 'ed25519', object };
}
