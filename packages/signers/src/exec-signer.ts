// Any program as a signer: the way to a key service, an agent, a smart card with a tool of its own. The protocol is two commands:
// `PROGRAM ARGS public` prints the public key (SPKI, PEM); `PROGRAM ARGS sign` reads the message on stdin and prints the signature,
// raw bytes and nothing else: 64 bytes for Ed25519, DER over SHA-256 of the message for P-256, RSASSA-PSS over SHA-256 with a salt of
// 32 bytes for RSA. Exit status 0 or it did not happen.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { excerpt } from '@countersign/core';
import { checkedSignature } from './checked-signature.ts';
import { KeyError } from './errors.ts';
import { closing, type OpenedSigner } from './opened.ts';
import { publicKeyOf } from './public-key.ts';
import { type Programs, runProgram } from './run-program.ts';

const LONGEST_PUBLIC = 16_384;
const LONGEST_SIGNATURE = 1024;
const NOTHING = new Uint8Array();

/** Asks the program for its public key once, and for each signature anew. Throws KeyError: `not-found`, `signer-failed`, `unsupported`. */
export async function openProgram(
  { program, args }: { readonly program: string; readonly args: readonly string[] },
  programs: Programs,
): Promise<OpenedSigner> {
  const name = `exec:${excerpt(program)}`;
  const run = (command: 'public' | 'sign', input: Uint8Array, limit: number): Promise<Buffer> =>
    runProgram({ program, args: [...args, command], input, limit }, programs);
  const publicKey = publicKeyIn((await run('public', NOTHING, LONGEST_PUBLIC)).toString('latin1'), name);
  const sign = async (message: Uint8Array): Promise<Uint8Array> =>
    checkedSignature(publicKey, message, new Uint8Array(await run('sign', message, LONGEST_SIGNATURE)), name);
  return closing({ key: publicKeyOf(publicKey), sign });
}

function publicKeyIn(pem: string, name: string): KeyObject {
  // createPublicKey would also take a private key, which such a program must not hand out.
  if (!/^\s*-----BEGIN PUBLIC KEY-----/.test(pem))
    throw new KeyError('signer-failed', `${name} public: wanted a PEM that begins PUBLIC KEY`);
  try {
    return createPublicKey({ key: pem, format: 'pem' });
  } catch (cause) {
    throw new KeyError('signer-failed', `${name} public: the PEM does not open`, { cause });
  }
}
