// Signatures as Notary writes them: base64, under a method. The cryptography port knows them as TUF does: ECDSA in DER.
import { decodeBase64 } from '../../bytes/base64.ts';
import { FormatError } from '../../errors.ts';
import { derInteger, derSequence } from './der-write.ts';

const SMALLEST_RSA_BYTES = 256;

/**
 * The bytes of one signature as the port takes them, or undefined: an unknown method and a malformed text count zero beside a threshold
 * of good ones. The method is only how the bytes are spelled; which algorithm verifies them is the key's word (CVE-2015-9258).
 */
export function readSignatureBytes(method: string, text: string): Uint8Array | undefined {
  const bytes = decoded(text);
  if (bytes === undefined) return undefined;
  switch (method.toLowerCase()) {
    case 'ecdsa':
      return bytes.length === 64 ? ecdsaDer(bytes) : undefined;
    case 'eddsa':
      return bytes.length === 64 ? bytes : undefined;
    case 'rsapss':
      // Under this method a real client reads nothing else: DER of an ECDSA key would verify here, and nowhere else.
      return bytes.length >= SMALLEST_RSA_BYTES ? bytes : undefined;
    default:
      return undefined;
  }
}

function decoded(text: string): Uint8Array | undefined {
  try {
    return decodeBase64(text);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** `r‖s` of 2 × 32 bytes as the SEQUENCE of two INTEGERs of RFC 3279 §2.2.3. */
function ecdsaDer(bytes: Uint8Array): Uint8Array {
  return derSequence(derInteger(bytes.subarray(0, 32)), derInteger(bytes.subarray(32)));
}
