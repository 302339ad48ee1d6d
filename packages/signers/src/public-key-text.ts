// A public key as somebody sends it: in PEM, as a line of OpenSSH, or as a key file, whose public half is in the open.
import { createPublicKey } from 'node:crypto';
import { decodeHex, ed25519KeyFlaw, ed25519KeyObjection, isJsonObject, type PublicKey } from '@countersign/core';
import { KeyError } from './errors.ts';
import { parseKeyFile } from './key-file-text.ts';
import { isOpenSshPublic, parseOpenSshPublic } from './openssh-public.ts';
import { publicKeyOf } from './public-key.ts';

/** Longer than any public key of ours, in any of these forms. */
export const LONGEST_PUBLIC_KEY: number = 65_536;

/**
 * Reads `bytes`, which people call `name`. Throws KeyError: `unsupported` for other kinds of key and of text, private keys among them,
 * and for weak keys; `damaged`, `truncated` and `unknown-schema` for what once was a key.
 */
export function readPublicKey(bytes: Uint8Array, name: string): PublicKey {
  const text = new TextDecoder().decode(bytes).trim();
  const key = text.startsWith('{') ? parseKeyFile(bytes, name).key : isOpenSshPublic(text) ? parseOpenSshPublic(text) : fromPem(text, name);
  const weak = objectionTo(key);
  if (weak !== undefined) throw new KeyError('unsupported', `${name}: ${weak}`);
  return key;
}

function fromPem(text: string, name: string): PublicKey {
  // Node derives the public half of a private key without a word: whoever sent that should hear that they did.
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw new KeyError('unsupported', `${name} is a private key, wanted its public half: nobody else needs the private one`);
  }
  if (/-----BEGIN [A-Z ]*CERTIFICATE/.test(text)) {
    throw new KeyError('unsupported', `${name} is a certificate, wanted a bare public key: openssl x509 -pubkey -noout prints it`);
  }
  const pem = /^-----BEGIN PUBLIC KEY-----\r?\n[A-Za-z0-9+/=\r\n]+-----END PUBLIC KEY-----$/.exec(text)?.[0];
  if (pem === undefined) throw new KeyError('unsupported', `${name} is no public key in PEM or of OpenSSH, and no key file`);
  return publicKeyOf(openPem(pem, name));
}

function openPem(pem: string, name: string) {
  try {
    return createPublicKey({ key: pem, format: 'pem' });
  } catch (cause) {
    throw new KeyError('damaged', `${name}: the public key does not decode`, { cause });
  }
}

/** Anybody can sign for some keys of Ed25519. A server refuses them too; the person who was sent one should hear it here. */
function objectionTo({ object }: PublicKey): string | undefined {
  const keyval = object.get('keyval');
  const text = isJsonObject(keyval) ? keyval.get('public') : undefined;
  if (object.get('scheme') !== 'ed25519' || typeof text !== 'string') return undefined;
  const key = decodeHex(text);
  return ed25519KeyObjection(key) ?? ed25519KeyFlaw(key);
}
