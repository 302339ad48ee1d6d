// A second opinion that shares no code with core: another reader, another canonical form, node's own cryptography. What core accepts
// must say what was signed, and enough distinct keys must have signed it.
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import type { Subject } from './corpus.ts';

export interface Oracle {
  /** Why `file` must not be accepted in the place of the subject; undefined when nothing speaks against it. */
  objection(file: Uint8Array): string | undefined;
}

interface Envelope {
  readonly signed: object;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

const textOf = (file: Uint8Array): Envelope => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file)) as Envelope;
const canonicalOf = (file: Uint8Array): string => canonicalize(textOf(file).signed);

export function oracleFor(subject: Subject): Oracle {
  const honest = canonicalOf(subject.file);
  const message = Buffer.from(honest, 'utf8');
  const keys = new Map<string, KeyObject>();
  for (const id of subject.role.keyids) {
    const spelling = subject.keys.get(id);
    if (spelling !== undefined)
      keys.set(id, spelling.keytype === 'ed25519' ? ed25519Key(spelling.public) : createPublicKey(spelling.public));
  }
  const fingerprints = new Map([...keys].map(([id, key]) => [id, fingerprintOf(key)]));
  // Most of a million files carry the same good signatures.
  const seen = new Map<string, string>();
  const good = (keyid: string, sig: string): string | undefined => {
    const key = keys.get(keyid);
    const known = seen.get(`${keyid} ${sig}`);
    if (known !== undefined) return known;
    const fingerprint = fingerprints.get(keyid);
    if (key === undefined || fingerprint === undefined || !/^(?:[0-9a-f]{2})+$/.test(sig)) return undefined;
    const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    if (!verify(algorithm, message, key, Buffer.from(sig, 'hex'))) return undefined;
    seen.set(`${keyid} ${sig}`, fingerprint);
    return fingerprint;
  };
  return {
    objection(file) {
      if (canonicalOf(file) !== honest) return 'what is signed was changed';
      const signers = new Set(textOf(file).signatures.map(({ keyid, sig }) => good(keyid, sig)));
      signers.delete(undefined);
      return signers.size >= subject.role.threshold ? undefined : `signed by ${signers.size} of ${subject.role.threshold}`;
    },
  };
}

const fingerprintOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');

const ed25519Key = (hex: string): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(hex, 'hex').toString('base64url') }, format: 'jwk' });
