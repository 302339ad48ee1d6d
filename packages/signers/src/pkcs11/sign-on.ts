// One signature of a token. It hashes nothing for us: CKM_ECDSA_SHA256 is absent from several libraries, SoftHSM among them.
import { createHash } from 'node:crypto';
import { checkedSignature } from '../checked-signature.ts';
import { KeyError } from '../errors.ts';
import { keyKind } from '../public-key.ts';
import type { FoundKey } from './find-key.ts';
import type { Pkcs11 } from './library.ts';

const CKM_ECDSA = 0x1041;
const CKM_EDDSA = 0x1057;
const ROOM = 256;
const NUMBER = 32;

/** Throws KeyError('signer-failed') when the public key does not verify what the token made; what the library throws passes through. */
export function signOn(calls: Pkcs11, session: Buffer, key: FoundKey, message: Uint8Array, name: string): Uint8Array {
  const { privateKey, publicKey } = key;
  const ed25519 = keyKind(publicKey) === 'ed25519';
  calls.C_SignInit(session, { mechanism: ed25519 ? CKM_EDDSA : CKM_ECDSA }, privateKey);
  const data = ed25519 ? Buffer.from(message) : createHash('sha256').update(message).digest();
  const made = calls.C_Sign(session, data, Buffer.alloc(ROOM));
  return checkedSignature(publicKey, message, new Uint8Array(ed25519 ? made : derOf(made, name)), name);
}

/** PKCS#11 2.40 §2.3.1: r and s, one after the other; metadata holds them as a DER sequence. */
function derOf(pair: Buffer, name: string): Buffer {
  if (pair.length !== 2 * NUMBER) throw new KeyError('signer-failed', `${name} answered ${pair.length} bytes, wanted ${2 * NUMBER}`);
  const numbers = [pair.subarray(0, NUMBER), pair.subarray(NUMBER)].map(integer);
  const body = Buffer.concat(numbers);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** An INTEGER of DER (X.690 §8.3): as short as it can be, and with a first bit that is not set. */
function integer(bytes: Buffer): Buffer {
  const from = bytes.findIndex((byte) => byte !== 0);
  const short = from < 0 ? Buffer.alloc(1) : bytes.subarray(from);
  const number = (short[0] ?? 0) < 0x80 ? short : Buffer.concat([Buffer.alloc(1), short]);
  return Buffer.concat([Buffer.from([0x02, number.length]), number]);
}
