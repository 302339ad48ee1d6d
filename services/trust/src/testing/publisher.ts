// For tests: somebody who owns a repository and publishes to it, honestly unless told otherwise.
import {
  type Binding,
  type Draft,
  draftEntries,
  draftFirstRoot,
  draftFirstTargets,
  draftNextRoot,
  type Env,
  expiryAfter,
  fileEntry,
  type Gun,
  type Instant,
  isJsonObject,
  keyIdOf,
  newSignature,
  type PublicKey,
  parseDigest,
  parseGun,
  parseRepositoryId,
  parseVersion,
  RELEASES,
  ROOT,
  readJson,
  type Signer,
  STANDARD_LIMITS,
  seal,
  TARGETS,
  tuf,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { generateSigner } from '@countersign/signers';
import { type Answer, ask, multipart, multipartType } from './ask.ts';

const YEAR = 365 * 86_400_000;
const crypto = nativeCryptography();

export type Parts = readonly (readonly [string, Uint8Array])[];

export interface Publisher {
  readonly gun: Gun;
  readonly base: string;
  readonly env: Env;
  readonly root: Signer;
  readonly targets: Signer;
  readonly releases: Signer;
  /** The files of a first publish, signed: root, targets, releases. */
  first(): Promise<Parts>;
  /** The next releases with one more tag. `previous` is the file that stands. */
  tagged(previous: Uint8Array, tag: string): Promise<Parts>;
  /** The next root, in which the server's key for `role` is replaced. */
  rotated(previous: Uint8Array, role: 'snapshot' | 'timestamp', key: PublicKey): Promise<Parts>;
  sign(draft: Draft, ...signers: readonly Signer[]): Promise<Uint8Array>;
  post(parts: Parts, query?: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  get(file: string): Promise<Answer>;
  serverKey(role: 'snapshot' | 'timestamp', method?: 'GET' | 'POST'): Promise<PublicKey>;
}

export interface PublisherOptions {
  readonly gun?: string;
  readonly repository?: string;
  readonly headers?: Readonly<Record<string, string>>;
  now(): Instant;
}

/** `site` may come to have another address: a server that was started again. */
export function newPublisher(site: { readonly url: string }, options: PublisherOptions): Publisher {
  const gun = parseGun(options.gun ?? 'registry.example.com/team/app');
  const base = (): string => `${site.url}/v2/${gun}/_trust/metadata/`;
  const env: Env = {
    get now() {
      return options.now();
    },
    limits: STANDARD_LIMITS,
    crypto,
    dialect: tuf,
  };
  const [root, targets, releases] = [generateSigner('ed25519'), generateSigner('ed25519'), generateSigner('ecdsa-p256')];
  const binding: Binding = { repository: parseRepositoryId(options.repository ?? '00112233445566778899aabbccddeeff') };
  const version = parseVersion(1, 'version');
  const expires = (): Instant => expiryAfter(options.now(), YEAR);
  const one = (key: PublicKey) => ({ keys: [key], threshold: 1 });
  const sign = async (draft: Draft, ...signers: readonly Signer[]): Promise<Uint8Array> => {
    const signatures = await Promise.all(signers.map(async (signer) => newSignature(signer.key, await signer.sign(draft.message))));
    return seal(draft, signatures, env).bytes;
  };
  const serverKey = async (role: 'snapshot' | 'timestamp', method: 'GET' | 'POST' = 'GET'): Promise<PublicKey> => {
    const { body } = await ask(`${base()}${role}.key`, { method, headers: options.headers ?? {} });
    const object = readJson(body, { maxDepth: 4 }).value;
    const keyval = isJsonObject(object) ? object.get('keyval') : undefined;
    const text = isJsonObject(keyval) ? keyval.get('public') : undefined;
    const opened = crypto.openKey({ keytype: 'ed25519', scheme: 'ed25519', public: String(text) });
    if (!isJsonObject(object) || opened.status !== 'ready') throw new Error(`no key: ${body.toString()}`);
    return { keyid: keyIdOf(crypto, object), fingerprint: opened.key.fingerprint, scheme: 'ed25519', object };
  };
  return {
    gun,
    get base() {
      return base();
    },
    env,
    root,
    targets,
    releases,
    sign,
    serverKey,
    async first() {
      const roles = {
        root: one(root.key),
        targets: one(targets.key),
        snapshot: one(await serverKey('snapshot')),
        timestamp: one(await serverKey('timestamp')),
      };
      const delegation = { name: RELEASES, keys: one(releases.key), paths: ['*', '.revoked/*'], terminating: false };
      const firstRoot = draftFirstRoot({ version, repository: binding.repository, names: [gun], roles, expires: expires() }, env);
      const top = draftFirstTargets({ name: TARGETS, version, expires: expires(), binding, delegations: [delegation] }, env);
      const tags = draftFirstTargets({ name: RELEASES, version, expires: expires(), binding, delegations: [] }, env);
      return [
        ['root', await sign(firstRoot, root)],
        ['targets', await sign(top, targets)],
        ['releases', await sign(tags, releases)],
      ];
    },
    async tagged(previous, tag) {
      const before = tuf.parse('targets', RELEASES, previous, env);
      const entry = fileEntry({ digest: parseDigest(`sha256:${'ab'.repeat(32)}`), length: 7 });
      return [['releases', await sign(draftEntries(before, new Map([[tag, entry]]), expires(), env), releases)]];
    },
    async rotated(previous, role, key) {
      const before = tuf.parse('root', ROOT, previous, env);
      return [['root', await sign(draftNextRoot(before, { [role]: one(key) }, expires(), env), root)]];
    },
    post: (parts, query = '', headers = {}) =>
      ask(`${base()}${query}`, {
        method: 'POST',
        headers: { 'content-type': multipartType, ...options.headers, ...headers },
        body: multipart(parts),
      }),
    get: (file) => ask(`${base()}${file}`, { headers: options.headers ?? {} }),
  };
}
